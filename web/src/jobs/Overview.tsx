import { lazy, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Scene } from "../shell/Scene";
import { useMedia } from "../ui/useMedia";
import { useSaid } from "../ui/useSearch";
import { planOf } from "./plan";
import type { Job } from "./queries";
import { StepCard } from "./StepCard";
import { stepViews } from "./steps";
import { Tasks } from "./Tasks";

const Graph = lazy(() => import("./Graph"));

/** The steps of a job as a graph, and the tasks of the one that is chosen. */
export default function Overview({ job }: { job: Job }) {
  const { t } = useTranslation();
  const [parameters, show] = useSaid();
  const roomy = useMedia("(min-width: 700px)");
  const steps = useMemo(() => stepViews(job, planOf(job)), [job]);
  const chosen = steps.find(({ position }) => String(position) === parameters.get("step"));
  const choose = (position: number): void =>
    show({ step: position === chosen?.position ? "" : String(position), state: "" });
  return (
    <>
      <section className="panel" aria-labelledby="steps-of-job">
        <h2 id="steps-of-job">{t("jobs.steps.title", { count: steps.length })}</h2>
        {roomy && steps.length > 1 ? (
          <Scene>
            <Graph steps={steps} chosen={chosen?.position} choose={choose} />
          </Scene>
        ) : (
          <div className="step-list">
            {steps.map((step) => (
              <StepCard
                key={step.position}
                step={step}
                chosen={step.position === chosen?.position}
                choose={() => choose(step.position)}
              />
            ))}
          </div>
        )}
      </section>
      <Tasks job={job} chosen={chosen} state={parameters.get("state") ?? ""} show={show} />
    </>
  );
}
