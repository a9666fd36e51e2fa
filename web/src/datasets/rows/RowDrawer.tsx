import { CheckOutlined, CopyOutlined, DownloadOutlined, DownOutlined, UpOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Button, Drawer } from "antd";
import { useEffect, useEffectEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Version } from "../../artifacts/kinds";
import { exactJson } from "../../media/exact";
import { Media } from "../../media/Media";
import { CopyButton } from "../../ui/Copyable";
import { copy } from "../../ui/clipboard";
import { dialogs } from "../../ui/dialogs";
import { Trouble } from "../../ui/Trouble";
import type { Filter } from "./filter";
import { keyShown, neighboursQuery, type Row, rowQuery } from "./queries";
import { isVisual } from "./types";

type Way = "before" | "behind";

const WAYS: Readonly<Record<string, Way>> = { j: "behind", k: "before" };
const TYPED = "input, textarea, select, [contenteditable]";

interface Props {
  version: Version;
  where: Filter | null;
  /** Key of the row, as JSON. */
  keyOf: string;
  columns: Record<string, string>;
  /** Show another row, or none. */
  show: (key: string) => void;
}

/** One row in full, with the way to those before and behind it. */
export default function RowDrawer({ version, where, keyOf, columns, show }: Props) {
  const { t, i18n } = useTranslation();
  const row = useQuery(rowQuery(version, keyOf));
  const around = useQuery(neighboursQuery(version, where, keyOf));
  const { before = null, behind = null, number = null } = around.data ?? {};
  const [wanted, want] = useState<{ from: string; way: Way }>();
  const press = useEffectEvent(({ key, target, ctrlKey, metaKey, altKey }: KeyboardEvent): void => {
    if (ctrlKey || metaKey || altKey || (target instanceof Element && target.matches(TYPED))) return;
    const way = WAYS[key.toLowerCase()];
    // A value in full that lies over the row has keys of its own.
    if (way && dialogs() < 2) want({ from: keyOf, way });
  });
  useEffect(() => {
    // Wherever the focus is: what had it may have gone with the row before.
    const hear = (event: KeyboardEvent): void => press(event);
    window.addEventListener("keydown", hear);
    return () => window.removeEventListener("keydown", hear);
  }, []);
  const go = useEffectEvent(show);
  // What is known of the row before says nothing of this one.
  const known = around.isPlaceholderData ? undefined : around.data;
  const next = (wanted?.from === keyOf && known?.[wanted.way]) || null;
  useEffect(() => {
    // At once, or as soon as it is known which row that is.
    if (next) go(next);
  }, [next]);
  const shown = row.data ? keyShown(row.data.key) : keyOf;
  const place =
    number === null
      ? around.data && t("rows.unfiltered")
      : new Intl.NumberFormat(i18n.language).format(number);
  return (
    <Drawer
      open
      size="min(860px, 100vw)"
      title={
        <span className="rowtitle">
          {t("rows.inFull", { key: shown })} <CopyButton text={shown} label={t("rows.copyKey")} />
        </span>
      }
      extra={
        <span className="media-tools">
          <Button
            icon={<UpOutlined aria-hidden />}
            disabled={!before}
            aria-label={t("rows.previous")}
            title={t("rows.previous")}
            onClick={() => want({ from: keyOf, way: "before" })}
          />
          <Button
            icon={<DownOutlined aria-hidden />}
            disabled={!behind}
            aria-label={t("rows.next")}
            title={t("rows.next")}
            onClick={() => want({ from: keyOf, way: "behind" })}
          />
        </span>
      }
      onClose={() => show("")}
      className="rowdrawer"
    >
      <div>
        <div className="media-tools">
          {typeof place === "string" && (
            <span className="faint">{number === null ? place : t("rows.numbered", { number: place })}</span>
          )}
          {row.data && <Exports row={row.data} name={version.name} />}
        </div>
        <Trouble error={row.error ?? around.error} own={{ not_found: t("rows.gone") }} />
        {row.data && row.data.cut.length > 0 && (
          <p className="faint">{t("rows.cut", { names: row.data.cut.join(", ") })}</p>
        )}
        {row.data ? (
          <Values key={keyOf} row={row.data} columns={columns} project={version.project} />
        ) : (
          !row.error && <p className="faint">{t("app.loading")}</p>
        )}
      </div>
    </Drawer>
  );
}

type Whole = Omit<Row, "place">;

function Exports({ row, name }: { row: Whole; name: string }) {
  const { t } = useTranslation();
  const [copied, setCopied] = useState(false);
  const json = (): string => exactJson({ key: row.key, values: told(row.values) });
  const save = (): void => {
    const address = URL.createObjectURL(new Blob([json()], { type: "application/json" }));
    const link = document.createElement("a");
    link.href = address;
    link.download = `${name}-${keyShown(row.key)
      .replace(/[^\p{L}\p{N}._-]+/gu, "_")
      .slice(0, 60)}.json`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(address), 10_000);
  };
  return (
    <>
      <Button
        size="small"
        icon={copied ? <CheckOutlined aria-hidden /> : <CopyOutlined aria-hidden />}
        onClick={async () => setCopied(await copy(json()))}
      >
        {t("rows.copyRow")}
      </Button>
      <Button size="small" icon={<DownloadOutlined aria-hidden />} onClick={save}>
        {t("rows.exportRow")}
      </Button>
      <span role="status" className="unseen">
        {copied ? t("app.copied") : ""}
      </span>
    </>
  );
}

/** Values without the addresses of media, which are good for a quarter of an hour and for nobody else. */
function told(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(told);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(
    ([name, each]) => !(name === "url" && typeof each === "string" && each.startsWith("/api/v1/media/")),
  );
  return Object.fromEntries(entries.map(([name, each]) => [name, told(each)]));
}

function Values({ row, columns, project }: { row: Whole; columns: Record<string, string>; project: string }) {
  // What is looked at comes first: the rest says what is seen there.
  const names = Object.keys(row.values);
  const looked = names.filter((name) => isVisual(columns[name] ?? "") || columns[name] === "audio");
  const ordered = [...looked, ...names.filter((name) => !looked.includes(name))];
  return (
    <dl className="rowvalues">
      {ordered.map((name) => (
        <div key={name}>
          <dt>
            {name} <span className="rowtype">{columns[name]}</span>
          </dt>
          <dd>
            <Media value={row.values[name]} size="full" row={row.values} column={name} project={project} />
          </dd>
        </div>
      ))}
    </dl>
  );
}
