import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { bytesQuery, decoded } from "./bytes";
import type { Size } from "./extent";
import FileView from "./FileView";
import { Prose } from "./Prose";
import { useSeen } from "./seen";
import type { Source } from "./value";

const MOST = { cell: 4096, card: 4096, full: 1 << 20 };

/** A text that is kept as content: fetched once it comes into sight. */
export default function Writing({ source, size, name }: { source: Source; size: Size; name: string }) {
  const { t } = useTranslation();
  const [place, seen] = useSeen<HTMLSpanElement>();
  const { data, error } = useQuery({ ...bytesQuery(source.url, MOST[size]), enabled: seen && !!source.url });
  if (!source.url || error) return <FileView source={source} size={size} />;
  return (
    <span ref={place} className="media-writing">
      {data ? (
        <Prose text={decoded(data, source.encoding)} size={size} name={name} />
      ) : (
        <span className="faint">{t("app.loading")}</span>
      )}
    </span>
  );
}
