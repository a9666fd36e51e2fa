import { useSuspenseQuery } from "@tanstack/react-query";
import { Select } from "antd";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Chart } from "../../panels/Chart";
import { Scene } from "../../shell/Scene";
import { useSaid } from "../../ui/useSearch";
import { shortHandler } from "../names";
import type { Job } from "../queries";
import { isUnderWay } from "../states";
import { curvesOf, type Words } from "./curves";
import { curvesQuery, type Part } from "./queries";

/** The curves of the job, or of the step or the task that is chosen. */
export function PartCharts({ job, project }: { job: Job; project: string }) {
  const { t } = useTranslation();
  const [parameters, say] = useSaid();
  const step = job.steps.find(({ position }) => String(position) === parameters.get("step"));
  const task = job.steps.flatMap(({ tasks }) => tasks).find(({ id }) => id === parameters.get("curves"));
  const part: Part = task ? { task: task.id } : step ? { step: step.position } : {};
  const value = task ? `task ${task.id}` : step ? `step ${step.position}` : "job";
  const options = [
    { value: "job", label: t("jobs.use.whole") },
    ...job.steps.map(({ position, handler }) => ({
      value: `step ${position}`,
      label: t("jobs.use.step", { name: shortHandler(handler) }),
    })),
    ...(task ? [{ value, label: t("jobs.use.task", { task: task.id }) }] : []),
  ];
  const choose = (chosen: string): void => {
    const [kind, name = ""] = chosen.split(" ");
    say({ step: kind === "step" ? name : "", curves: kind === "task" ? name : "" });
  };
  return (
    <>
      <Select
        aria-label={t("jobs.use.part")}
        value={value}
        options={options}
        onChange={choose}
        popupMatchSelectWidth={false}
        className="use-part"
      />
      <Scene key={value}>
        <Curves job={job} project={project} part={part} />
      </Scene>
    </>
  );
}

function Curves({ job, project, part }: { job: Job; project: string; part: Part }) {
  const { t } = useTranslation();
  const moving = isUnderWay(job.state);
  const { data } = useSuspenseQuery(curvesQuery(project, job.id, part, moving));
  const apart = part.task !== undefined;
  const curves = useMemo(() => {
    const words: Words = {
      since: {
        seconds: t("jobs.use.since.seconds"),
        minutes: t("jobs.use.since.minutes"),
        hours: t("jobs.use.since.hours"),
        days: t("jobs.use.since.days"),
      },
      attempt: (number) => t("jobs.use.attempt", { number }),
      cores: t("jobs.use.cores"),
      memory: (unit) => t("jobs.use.memoryIn", { unit }),
      rate: (unit) => t("jobs.use.rateIn", { unit }),
      read: t("jobs.use.reading"),
      written: t("jobs.use.writing"),
    };
    return curvesOf(data.points, words, apart);
  }, [data, apart, t]);
  if (data.points.length === 0)
    return <p className="faint use-none">{t(moving ? "jobs.use.soon" : "jobs.use.tooShort")}</p>;
  return (
    <div className="use-charts">
      {(["cores", "memory", "storage"] as const).map((name) => (
        <figure key={name}>
          <figcaption>{t(`jobs.use.charts.${name}`)}</figcaption>
          <Chart drawn={curves[name]} label={t(`jobs.use.charts.${name}`)} />
        </figure>
      ))}
    </div>
  );
}
