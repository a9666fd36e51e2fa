import { useTranslation } from "react-i18next";
import { plain } from "./plain";

const HEIGHT = 96;
const WIDTH = 320;

/** How the numbers of a column, or the lengths of its texts, are spread. */
export function Spread({ ranges, name }: { ranges: [number, number, number][]; name: string }) {
  const { t, i18n } = useTranslation();
  const most = Math.max(...ranges.map(([, , count]) => count));
  const step = WIDTH / ranges.length;
  const said = (value: number): string => plain(value, i18n.language);
  const first = ranges[0];
  const last = ranges[ranges.length - 1];
  if (!first || !last) return null;
  const number = new Intl.NumberFormat(i18n.language);
  return (
    <figure className="spread">
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={t("datasets.statistics.spread", { name, low: said(first[0]), high: said(last[1]) })}
      >
        {ranges.map(([low, high, count], place) => {
          // What is there at all is to be seen.
          const height = count === 0 ? 0 : Math.max(2, (count / most) * (HEIGHT - 4));
          return (
            <g key={low}>
              <title>
                {t("datasets.statistics.range", {
                  low: said(low),
                  high: said(high),
                  count: number.format(count),
                })}
              </title>
              <rect x={place * step} y={0} width={step} height={HEIGHT} className="ground" />
              <rect
                x={place * step + 0.5}
                y={HEIGHT - height}
                width={Math.max(step - 1, 1)}
                height={height}
                className="count"
              />
            </g>
          );
        })}
      </svg>
      <figcaption className="faint">
        <span>{said(first[0])}</span>
        <span>{said(last[1])}</span>
      </figcaption>
    </figure>
  );
}
