import { useTranslation } from "react-i18next";
import { sized } from "../artifacts/sizes";
import type { Handler } from "./handlers";

/** The steps of a run from left to right; what stands in one column may run side by side. */
export function Stages({ stages }: { stages: Handler[][] }) {
  const { t } = useTranslation();
  return (
    <ol className="stages" aria-label={t("models.steps")}>
      {stages.map((stage, place) => (
        <li key={stage[0]?.id} aria-label={t("models.stage", { number: place + 1 })}>
          <ul>
            {stage.map((step) => (
              <li key={step.id}>
                <Step step={step} steps={stages.flat()} />
              </li>
            ))}
          </ul>
        </li>
      ))}
    </ol>
  );
}

function Step({ step, steps }: { step: Handler; steps: Handler[] }) {
  const { t, i18n } = useTranslation();
  const and = new Intl.ListFormat(i18n.language, { style: "short" });
  const names = new Map(steps.map(({ id, name }) => [id, name]));
  const needs = step.needs
    .filter((each) => names.has(each))
    .map((each) => shortName(names.get(each) ?? each));
  return (
    <div className="step">
      <strong>{shortName(step.name)}</strong>
      {step.replicas > 1 && (
        <span className="times" title={t("models.tasksTitle", { count: step.replicas })}>
          {t("models.tasks", { count: step.replicas })}
        </span>
      )}
      <Resources of={step} />
      {needs.length > 0 && (
        <span className="faint small">{t("models.after", { steps: and.format(needs) })}</span>
      )}
    </div>
  );
}

const KNOWN = { cpu: "cpu", memory: "memory", "nvidia.com/gpu": "gpu" } as const;

function Resources({ of }: { of: Handler }) {
  const { t } = useTranslation();
  const told = of.resources.map(([name, amount]) => {
    const known = Object.entries(KNOWN).find(([key]) => key === name)?.[1];
    const shown = name === "memory" ? sized(amount) : String(amount);
    return known ? t(`models.resources.${known}`, { amount: shown }) : `${shown} ${name}`;
  });
  if (told.length === 0) return null;
  return <span className="faint small">{told.join(" · ")}</span>;
}

/** A name without the module in front of it. */
export function shortName(name: string): string {
  return name.slice(name.lastIndexOf(":") + 1);
}
