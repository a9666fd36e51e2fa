import { useTranslation } from "react-i18next";
import type { Row } from "./asks";
import { written } from "./values";

interface Props {
  row: Row | undefined;
  /** Only these columns, in this order; all of them where there are none. */
  wanted: string[];
  label: string;
}

/** Single figures, written large. */
export function FiguresPanel({ row, wanted, label }: Props) {
  const { t, i18n } = useTranslation();
  const names =
    wanted.length > 0 ? wanted : Object.keys(row?.values ?? {}).filter((name) => !name.startsWith("sys/"));
  const shown = names.filter((name) => row?.values[name] !== null && row?.values[name] !== undefined);
  if (shown.length === 0) return <p className="faint none">{t("panels.nothing")}</p>;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by key
    <section className="numbers" tabIndex={0} aria-label={label}>
      <dl>
        {shown.map((name) => (
          <div key={name}>
            <dt title={name}>{name}</dt>
            <dd className={typeof row?.values[name] === "string" ? "word" : ""}>
              {written(row?.values[name], i18n.language)}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
