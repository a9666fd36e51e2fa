import { FileOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Trouble } from "../ui/Trouble";
import { bytesQuery, decoded } from "./bytes";
import { Download } from "./Download";
import type { Size } from "./extent";
import { Linked } from "./Linked";
import { bytesOf } from "./measures";
import type { Source } from "./value";

const MOST = 64 << 10;

/** Bytes of a kind that no browser shows, or that none may: told by name, type and size, and handed out. */
export default function FileView({ source, size }: { source: Source; size: Size }) {
  const { t, i18n } = useTranslation();
  const [reading, setReading] = useState(false);
  if (!source.url && source.link) return <Linked uri={source.link} more={{}} size={size} />;
  const facts = [source.mime, bytesOf(source.size, i18n.language)].filter(Boolean).join(" · ");
  return (
    <span className={`media-file as-${size}`}>
      <FileOutlined aria-hidden />
      <span className="what">
        {source.name && <strong>{source.name}</strong>} <span className="faint">{facts}</span>
      </span>
      {!source.url && <span className="faint">{t("media.gone")}</span>}
      {size !== "cell" && source.url && (
        <>
          <Download source={source} />
          {size === "full" && !reading && (
            <Button size="small" onClick={() => setReading(true)}>
              {t("media.asText")}
            </Button>
          )}
        </>
      )}
      {reading && <AsText source={source} />}
    </span>
  );
}

function AsText({ source }: { source: Source }) {
  const { t, i18n } = useTranslation();
  const { data, error } = useQuery(bytesQuery(source.url, MOST));
  if (error) return <Trouble error={error} />;
  return (
    <span className="media-as-text">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by key */}
      <pre className="media-whole" tabIndex={0}>
        {data ? decoded(data, source.encoding) : t("app.loading")}
      </pre>
      {data?.byteLength === MOST && (source.size ?? 0) > MOST && (
        <span className="faint">{t("media.beginning", { size: bytesOf(MOST, i18n.language) })}</span>
      )}
    </span>
  );
}
