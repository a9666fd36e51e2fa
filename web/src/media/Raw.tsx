import { useTranslation } from "react-i18next";
import { Download } from "./Download";
import type { Size } from "./extent";
import { bytesOf } from "./measures";
import type { Source } from "./value";

/** Bytes by their number and how they begin. */
export default function Raw({
  size,
  head,
  source,
  view,
}: {
  size: number;
  head: string;
  source: Source;
  view: Size;
}) {
  const { t, i18n } = useTranslation();
  const shown = view === "cell" ? head.slice(0, 16) : head;
  const more = size * 2 > shown.length;
  return (
    <span className={`media-bytes as-${view}`}>
      <span className="faint">{t("media.bytes", { size: bytesOf(size, i18n.language) })}</span>
      {shown && (
        <code>
          {shown.replace(/../g, "$& ").trim()}
          {more ? " …" : ""}
        </code>
      )}
      {view === "full" && source.url && <Download source={source} />}
    </span>
  );
}
