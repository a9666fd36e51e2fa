import { ExpandAltOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { CopyButton } from "../ui/Copyable";
import { cut } from "./brief";
import type { Size } from "./extent";

const Dialog = lazy(() => import("./Dialog"));

const ROOM = { cell: 200, card: 400, full: 4000 };
const LINES = { cell: 2, card: 8, full: 60 };

/** A text as it is, its beginning where it is long. */
export function Prose({ text, size, name }: { text: string; size: Size; name: string }) {
  const { t } = useTranslation();
  if (text === "") return <span className="media-none">{t("media.emptyText")}</span>;
  const long = text.length > ROOM[size] || text.split("\n", LINES[size] + 1).length > LINES[size];
  const start = long ? folded(text, size) : text;
  return (
    <span className={`media-text as-${size}`}>
      <span className="words" dir="auto">
        {size === "cell" ? cut(start, ROOM.cell) : start}
      </span>
      {(long || (size === "cell" && text.length > 60)) && <InFull text={text} size={size} name={name} />}
    </span>
  );
}

function folded(text: string, size: Size): string {
  const lines = text.slice(0, ROOM[size]).split("\n").slice(0, LINES[size]).join("\n");
  return `${lines}…`;
}

function InFull({ text, size, name }: { text: string; size: Size; name: string }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const label = t("media.wholeText", { count: text.length });
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
            <div className="media-tools">
              <CopyButton text={text} label={t("media.copyText")} />
              <span className="faint">{t("media.characters", { count: text.length })}</span>
            </div>
            {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by key */}
            <pre className="media-whole" tabIndex={0} dir="auto">
              {text}
            </pre>
          </Dialog>
        </Suspense>
      )}
    </>
  );
}
