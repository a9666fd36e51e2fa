import { useTranslation } from "react-i18next";

interface Props {
  rows: number;
  done: number;
  failed: number;
}

/** How many rows are done, and how many of those failed. */
export function Progress({ rows, done, failed }: Props) {
  const { t, i18n } = useTranslation();
  if (rows === 0) return <span className="faint">–</span>;
  const number = new Intl.NumberFormat(i18n.language);
  const [good, bad] = [((done - failed) / rows) * 100, (failed / rows) * 100];
  const told = t("jobs.rows", { done: number.format(done), rows: number.format(rows) });
  return (
    <div className="progress">
      <div
        className="bar"
        role="progressbar"
        aria-label={told}
        aria-valuenow={done}
        aria-valuemin={0}
        aria-valuemax={rows}
      >
        <span className="done" style={{ width: `${good}%` }} />
        <span className="failed" style={{ width: `${bad}%` }} />
      </div>
      <span className="number">{told}</span>
      {failed > 0 && <span className="state bad">{t("jobs.failed", { number: number.format(failed) })}</span>}
    </div>
  );
}
