import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { bytes, count } from "../../i18n/amounts";
import { useAddress } from "../../ui/useSearch";
import { shortLengthOf } from "../length";
import { shortHandler } from "../names";
import type { Step } from "../queries";
import { addressOf } from "./order";

const COLUMNS = ["step", "attempts", "cpu", "memory", "read", "written"] as const;

/** What each step has used, all attempts at its tasks together. */
export function StepsUse({ steps }: { steps: Step[] }) {
  const { t } = useTranslation();
  return (
    <section className="panel" aria-labelledby="use-of-steps">
      <h2 id="use-of-steps">{t("jobs.steps.title", { count: steps.length })}</h2>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by key */}
      <section className="tasks use-steps" tabIndex={0} aria-label={t("jobs.use.steps")}>
        <table>
          <thead>
            <tr>
              {COLUMNS.map((name) => (
                <th key={name} scope="col" className={`use-${name}`}>
                  {t(`jobs.use.columns.${name}`)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {steps.map((step) => (
              <Line key={step.position} step={step} />
            ))}
          </tbody>
        </table>
      </section>
    </section>
  );
}

function Line({ step }: { step: Step }) {
  const { t, i18n } = useTranslation();
  const [parameters] = useAddress();
  const { usage, handler, position } = step;
  const told = usage
    ? [
        count(usage.attempts, i18n.language),
        shortLengthOf(1000 * usage.cpu_seconds, i18n.language),
        bytes(usage.memory_peak, i18n.language),
        bytes(usage.bytes_read, i18n.language),
        bytes(usage.bytes_written, i18n.language),
      ]
    : COLUMNS.slice(1).map(() => "–");
  return (
    <tr>
      <th scope="row">
        <Link
          to={addressOf(parameters, { step: String(position) })}
          title={t("jobs.use.curvesOfStep", { name: shortHandler(handler) })}
          preventScrollReset
        >
          {shortHandler(handler)}
        </Link>
      </th>
      {COLUMNS.slice(1).map((name, place) => (
        <td key={name} className="number">
          {told[place]}
        </td>
      ))}
    </tr>
  );
}
