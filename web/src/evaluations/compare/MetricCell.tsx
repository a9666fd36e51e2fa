import { useTranslation } from "react-i18next";
import type { Line } from "./metrics";

/** The next thing to say of a metric: more is better, less is better, neither. */
const NEXT = new Map<boolean | undefined, boolean | null>([
  [undefined, true],
  [true, false],
  [false, null],
]);

interface Props {
  line: Line;
  title: string;
  onDirection: (key: string, higher: boolean | null) => void;
}

/** The name of a metric, and which way it is better: pressing on that says otherwise. */
export function MetricCell({ line: { key, higher, numeric, fact }, title, onDirection }: Props) {
  const { t } = useTranslation();
  const said = t(`evaluations.compare.directions.${higher === undefined ? "none" : higher ? "up" : "down"}`);
  return (
    <span className={fact ? "metric fact" : "metric"} title={title}>
      <span className="name">{title}</span>
      {numeric && !fact && (
        <button
          type="button"
          className="direction"
          aria-label={t("evaluations.compare.direction", { title, said })}
          title={said}
          onClick={() => onDirection(key, NEXT.get(higher) ?? null)}
        >
          {higher === undefined ? "–" : higher ? "↑" : "↓"}
        </button>
      )}
    </span>
  );
}
