import { useTranslation } from "react-i18next";
import { lasted, lengthOf } from "./length";
import { shortHandler } from "./names";
import { StateWord, toneOf } from "./states";
import type { StepView } from "./steps";

interface Props {
  step: StepView;
  chosen: boolean;
  choose: () => void;
}

/** One step, however many tasks it has: how far it is, and how many of them are in which state. */
export function StepCard({ step, chosen, choose }: Props) {
  const { t, i18n } = useTranslation();
  const { rows, done, failed } = step.progress;
  const number = new Intl.NumberFormat(i18n.language);
  const time = lasted(step, Date.now());
  const share = rows > 0 ? done / rows : 0;
  return (
    <button type="button" className="step-card" aria-pressed={chosen} onClick={choose}>
      <span className="step-name">{shortHandler(step.handler)}</span>
      <span className="step-line">
        <StateWord state={step.state} />
        {time !== undefined && <span className="faint number">{lengthOf(time, i18n.language)}</span>}
      </span>
      <span className="bar" aria-hidden>
        <span className="done" style={{ width: `${(share - (rows > 0 ? failed / rows : 0)) * 100}%` }} />
        <span className="failed" style={{ width: `${rows > 0 ? (failed / rows) * 100 : 0}%` }} />
      </span>
      <span className="step-line faint number">
        {step.rows > 0
          ? t("jobs.steps.rows", { done: number.format(done), rows: number.format(rows) })
          : t("jobs.steps.tasks", { count: step.tasks.length })}
      </span>
      <span className="step-counts">
        {step.counts.map(([state, count]) => (
          <span key={state} className={`state ${toneOf(state)}`}>
            {number.format(count)} {t(`jobs.states.${state}`)}
          </span>
        ))}
      </span>
    </button>
  );
}
