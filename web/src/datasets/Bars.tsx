import { Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { plain } from "./plain";

const FIRST = 10;
const MOST = 100;

/** Values and how often each occurs, the most frequent first. */
export function Bars({ values, rows }: { values: [unknown, number][]; rows: number }) {
  const { t, i18n } = useTranslation();
  const [all, setAll] = useState(false);
  const number = new Intl.NumberFormat(i18n.language);
  const share = new Intl.NumberFormat(i18n.language, { style: "percent", maximumFractionDigits: 1 });
  const most = values[0]?.[1] ?? 1;
  const shown = values.slice(0, all ? MOST : FIRST);
  return (
    <>
      <table className="bars">
        <caption className="unseen">{t("datasets.statistics.frequent")}</caption>
        <tbody>
          {shown.map(([value, count]) => {
            const text = plain(value, i18n.language);
            return (
              <tr key={`${typeof value} ${text}`}>
                <th scope="row" title={text}>
                  {text === "" ? <span className="faint">{t("datasets.statistics.blank")}</span> : text}
                </th>
                <td className="bar" aria-hidden>
                  <span style={{ width: `${(count / most) * 100}%` }} />
                </td>
                <td className="figure" title={share.format(count / rows)}>
                  {number.format(count)}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
      {values.length > FIRST && (
        <Button type="link" size="small" onClick={() => setAll(!all)}>
          {t(all ? "datasets.statistics.fewer" : "datasets.statistics.more", {
            count: number.format(Math.min(values.length, MOST) - FIRST),
          })}
        </Button>
      )}
    </>
  );
}
