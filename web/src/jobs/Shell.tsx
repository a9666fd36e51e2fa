import { Alert, Button, Empty, Popconfirm, Select } from "antd";
import { lazy, useState } from "react";
import { useTranslation } from "react-i18next";
import { Scene } from "../shell/Scene";
import { useAddress } from "../ui/useSearch";
import { shortHandler } from "./names";
import type { Job } from "./queries";

const Terminal = lazy(() => import("./Terminal"));

const AT_WORK = ["PREPARING", "RUNNING", "CANCELLING"];

/** A terminal beside a task that runs. */
export default function Shell({ job, project }: { job: Job; project: string }) {
  const { t } = useTranslation();
  const [parameters, change] = useAddress();
  const [ended, setEnded] = useState(false);
  const [opened, setOpened] = useState<{ task: string; time: number }>();
  const running = job.steps.flatMap((step) =>
    step.tasks
      .filter((task) => AT_WORK.includes(task.state))
      .map((task) => ({ value: task.id, label: `${task.id} · ${shortHandler(step.handler)}` })),
  );
  const task = running.find(({ value }) => value === parameters.get("task"))?.value ?? running[0]?.value;
  const open = (): void => {
    if (!task) return;
    setEnded(false);
    setOpened({ task, time: Date.now() });
  };
  if (!task && !opened)
    return (
      <Empty className="nothing" description={<strong>{t("jobs.shell.none")}</strong>}>
        <p className="faint">{t("jobs.shell.noneText")}</p>
      </Empty>
    );
  return (
    <section className="panel" aria-label={t("jobs.tabs.shell")}>
      <Alert type="info" showIcon title={t("jobs.shell.text")} />
      <div className="tools">
        <Select
          aria-label={t("jobs.log.task")}
          value={task ?? null}
          options={running}
          onChange={(chosen) => change(() => new URLSearchParams({ tab: "shell", task: chosen }))}
          popupMatchSelectWidth={false}
          className="log-task"
        />
        <Popconfirm
          key={String(ended)}
          title={t("jobs.shell.anewSure")}
          okText={t("jobs.shell.anew")}
          cancelText={t("app.cancel")}
          disabled={!opened || ended}
          onConfirm={open}
        >
          <Button
            type={opened ? "default" : "primary"}
            disabled={!task}
            onClick={!opened || ended ? open : undefined}
          >
            {t(opened ? "jobs.shell.anew" : "jobs.shell.open")}
          </Button>
        </Popconfirm>
      </div>
      {opened && (
        <Scene>
          <Terminal
            key={opened.time}
            project={project}
            job={job.id}
            task={opened.task}
            end={() => setEnded(true)}
          />
        </Scene>
      )}
    </section>
  );
}
