import { ExpandAltOutlined } from "@ant-design/icons";
import { skipToken, useQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { lazy, Suspense, useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { CopyButton } from "../ui/Copyable";
import { Trouble } from "../ui/Trouble";
import { cut } from "./brief";
import type { Size } from "./extent";

const Dialog = lazy(() => import("./Dialog"));

const ROOM = { cell: 200, card: 400, full: 4000 };
const LINES = { cell: 2, card: 8, full: 60 };

/** Fetches a text of which only the beginning is here; `cut` says whether there is still more of it. */
export type Whole = () => Promise<{ text: string; cut: boolean }>;

interface Props {
  text: string;
  size: Size;
  name: string;
  whole?: Whole;
}

/** A text as it is, its beginning where it is long. */
export function Prose({ text, size, name, whole }: Props) {
  const { t } = useTranslation();
  if (text === "") return <span className="media-none">{t("media.emptyText")}</span>;
  const long =
    whole !== undefined || text.length > ROOM[size] || text.split("\n", LINES[size] + 1).length > LINES[size];
  const start = long ? folded(text, size) : text;
  return (
    <span className={`media-text as-${size}`}>
      <span className="words" dir="auto">
        {size === "cell" ? cut(start, ROOM.cell) : start}
      </span>
      {(long || (size === "cell" && text.length > 60)) && (
        <InFull text={text} size={size} name={name} {...(whole && { whole })} />
      )}
    </span>
  );
}

function folded(text: string, size: Size): string {
  const lines = text.slice(0, ROOM[size]).split("\n").slice(0, LINES[size]).join("\n");
  return `${lines}…`;
}

function InFull({ text, size, name, whole }: Props) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const fetched = useQuery({
    queryKey: ["text in full", useId()],
    queryFn: whole ?? skipToken,
    enabled: open,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    retry: false,
  });
  const all = whole ? fetched.data?.text : text;
  const label = whole ? t("media.wholeOfText") : t("media.wholeText", { count: text.length });
  return (
    <>
      <Button
        type="text"
        size="small"
        className="media-more"
        icon={size === "cell" ? <ExpandAltOutlined aria-hidden /> : null}
        aria-label={label}
        title={label}
        onClick={(event) => {
          event.stopPropagation();
          setOpen(true);
        }}
      >
        {size === "cell" ? null : label}
      </Button>
      {open && (
        <Suspense fallback={null}>
          <Dialog title={name || t("media.text")} close={() => setOpen(false)}>
            <Trouble error={fetched.error} />
            {all === undefined && !fetched.error && <span className="faint">{t("app.loading")}</span>}
            {all !== undefined && (
              <>
                <div className="media-tools">
                  <CopyButton text={all} label={t("media.copyText")} />
                  <span className="faint">{t("media.characters", { count: all.length })}</span>
                  {fetched.data?.cut && <span className="faint">{t("media.firstPart")}</span>}
                </div>
                {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by key */}
                <pre className="media-whole" tabIndex={0} dir="auto">
                  {all}
                </pre>
              </>
            )}
          </Dialog>
        </Suspense>
      )}
    </>
  );
}
