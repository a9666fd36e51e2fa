import { useQuery, useQueryClient } from "@tanstack/react-query";
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
  const asking = useQueryClient();
  const { data, error } = useQuery({ ...bytesQuery(source.url, MOST[size]), enabled: seen && !!source.url });
  if (!source.url || error) return <FileView source={source} size={size} />;
  const cut = data?.byteLength === MOST[size] && (source.size ?? MOST[size] + 1) > MOST[size];
  const whole = async (): Promise<{ text: string; cut: boolean }> => {
    const bytes = await asking.fetchQuery(bytesQuery(source.url, MOST.full));
    const more = bytes.byteLength === MOST.full && (source.size ?? MOST.full + 1) > MOST.full;
    return { text: beginning(bytes, more), cut: more };
  };
  const beginning = (bytes: ArrayBuffer, more: boolean): string => {
    const text = decoded(bytes, source.encoding);
    // A letter may be cut in two.
    return more ? text.replace(/\uFFFD$/, "") : text;
  };
  return (
    <span ref={place} className="media-writing">
      {data ? (
        <>
          <Prose
            text={beginning(data, cut)}
            size={size}
            name={name}
            {...(cut && size !== "full" && { whole })}
          />
          {cut && size === "full" && <span className="faint">{t("media.firstPart")}</span>}
        </>
      ) : (
        <span className="faint">{t("app.loading")}</span>
      )}
    </span>
  );
}
