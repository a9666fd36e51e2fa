import { Empty } from "antd";
import { useTranslation } from "react-i18next";
import { bytes } from "../../i18n/amounts";
import { Scene } from "../../shell/Scene";
import { shortLengthOf } from "../length";
import { planOf } from "../plan";
import type { Job } from "../queries";
import { PartCharts } from "./PartCharts";
import { StepsUse } from "./StepsUse";
import { TasksUse } from "./TasksUse";
import "./use.css";

/** What a job uses of the machines it runs on: all of it over time, its steps and its tasks. */
export default function Resources({ job, project }: { job: Job; project: string }) {
  const { t, i18n } = useTranslation();
  const used = job.usage;
  if (!used) {
    const word = job.finished_at ? "never" : "notYet";
    return (
      <section className="panel">
        <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t(`jobs.use.${word}`)}>
          <p className="faint use-why">{t(`jobs.use.${word}Text`)}</p>
        </Empty>
      </section>
    );
  }
  const figures = {
    cpu: shortLengthOf(1000 * used.cpu_seconds, i18n.language),
    peak: bytes(used.memory_peak, i18n.language),
    read: bytes(used.bytes_read, i18n.language),
    written: bytes(used.bytes_written, i18n.language),
  };
  return (
    <>
      <section className="panel" aria-labelledby="use-of-job">
        <h2 id="use-of-job">{t("jobs.use.title")}</h2>
        <dl className="use-totals">
          {(["cpu", "peak", "read", "written"] as const).map((name) => (
            <div key={name}>
              <dt>{t(`jobs.use.${name}`)}</dt>
              <dd>{figures[name]}</dd>
            </div>
          ))}
        </dl>
        {planOf(job).isolation === "thread" && <p className="faint">{t("jobs.use.threads")}</p>}
        <Scene>
          <PartCharts job={job} project={project} />
        </Scene>
      </section>
      {job.steps.length > 1 && <StepsUse steps={job.steps} />}
      <TasksUse job={job} />
    </>
  );
}
