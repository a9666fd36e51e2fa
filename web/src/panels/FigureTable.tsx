import { useTranslation } from "react-i18next";
import { figure } from "./values";

const MOST = 500;

interface Props {
  heads: string[];
  rows: (string | number)[][];
  label: string;
}

/** Figures in rows and columns. */
export function FigureTable({ heads, rows, label }: Props) {
  const { t, i18n } = useTranslation();
  const shown = rows.slice(0, MOST);
  const text = (value: string | number): string =>
    typeof value === "string" ? value : Number.isFinite(value) ? figure(value, i18n.language) : "—";
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by key
    <section className="figures" tabIndex={0} aria-label={label}>
      <table>
        <thead>
          <tr>
            {heads.map((head, place) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: two columns may be called the same
              <th key={place} scope="col">
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {shown.map((row, place) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: rows stay where they are
            <tr key={place}>
              {row.map((value, at) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: see above
                <td key={at} className={typeof value === "number" ? "number" : ""}>
                  {text(value)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length > MOST && (
        <p className="faint">{t("panels.first", { shown: MOST, total: rows.length })}</p>
      )}
    </section>
  );
}
