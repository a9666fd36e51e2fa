import { ExpandAltOutlined, RightOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { CopyButton } from "../ui/Copyable";
import { brief } from "./brief";
import { exactJson } from "./exact";
import type { Size } from "./extent";
import { Media } from "./Media";
import { isRecord, shownOf } from "./value";

const Dialog = lazy(() => import("./Dialog"));
const PAGE = 100;
const OPEN = 2;

/** A value that nests: on one line where there is little room, else as a tree that opens step by step. */
export function Tree({ value, size, name }: { value: unknown; size: Size; name: string }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  if (size === "full") return <Whole value={value} />;
  const label = t("media.openTree");
  return (
    <span className={`media-text as-${size}`}>
      <code className="words">{brief(value, size === "cell" ? 140 : 400)}</code>
      <Button
        type="text"
        size="small"
        className="media-more"
        icon={<ExpandAltOutlined aria-hidden />}
        aria-label={label}
        title={label}
        onClick={(event) => {
          event.stopPropagation();
          setOpen(true);
        }}
      />
      {open && (
        <Suspense fallback={null}>
          <Dialog title={name || t("media.value")} close={() => setOpen(false)}>
            <Whole value={value} />
          </Dialog>
        </Suspense>
      )}
    </span>
  );
}

function Whole({ value }: { value: unknown }) {
  const { t } = useTranslation();
  return (
    <div className="media-tree">
      <div className="media-tools">
        <CopyButton text={exactJson(value)} label={t("media.copyJson")} />
      </div>
      <Branches value={value} depth={0} />
    </div>
  );
}

function Branches({ value, depth }: { value: unknown; depth: number }) {
  const { t } = useTranslation();
  const [shown, setShown] = useState(PAGE);
  const entries = entriesOf(value);
  if (!entries.length) return <code>{Array.isArray(value) ? "[]" : "{}"}</code>;
  return (
    <ul>
      {entries.slice(0, shown).map(([name, each]) => (
        <Branch key={name} name={name} value={each} depth={depth} />
      ))}
      {entries.length > shown && (
        <li>
          <Button size="small" type="link" onClick={() => setShown(shown + 10 * PAGE)}>
            {t("media.more", { count: entries.length - shown })}
          </Button>
        </li>
      )}
    </ul>
  );
}

function Branch({ name, value, depth }: { name: string; value: unknown; depth: number }) {
  const [open, setOpen] = useState(depth < OPEN && entriesOf(value).length <= 20);
  const shown = shownOf(value);
  const nests = shown.kind === "tree" || shown.kind === "figure";
  if (!nests)
    return (
      <li>
        <code className="name">{name}</code> <Media value={value} size="card" column={name} />
      </li>
    );
  const inside = shown.kind === "tree" ? shown.value : shown.record;
  return (
    <li>
      <button type="button" className="media-branch" aria-expanded={open} onClick={() => setOpen(!open)}>
        <RightOutlined aria-hidden rotate={open ? 90 : 0} />
        <code className="name">{name}</code>
        <span className="faint">{open ? countOf(inside) : brief(value, 80, 1)}</span>
      </button>
      {open && <Branches value={inside} depth={depth + 1} />}
    </li>
  );
}

function entriesOf(value: unknown): [string, unknown][] {
  const shown = shownOf(value);
  const inside = shown.kind === "tree" ? shown.value : shown.kind === "figure" ? shown.record : value;
  if (Array.isArray(inside)) return inside.map((each, place) => [String(place), each]);
  return isRecord(inside) ? Object.entries(inside) : [];
}

function countOf(value: unknown): string {
  const count = entriesOf(value).length;
  return Array.isArray(value) ? `[${count}]` : `{${count}}`;
}
