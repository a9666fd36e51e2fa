import { Button, Empty, Select } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { exact } from "../i18n/times";
import { tabAddress } from "../ui/address";
import { CopyButton } from "../ui/Copyable";
import { useAddress } from "../ui/useSearch";
import { useNow } from "./clock";
import { LINE, LongTable } from "./LongTable";
import { lasted, lengthOf } from "./length";
import { shortHandler } from "./names";
import type { Job, Task } from "./queries";
import { resourcesOf } from "./resources";
import { isUnderWay, StateWord } from "./states";
import { countsOf, type StepView } from "./steps";

interface Props {
  job: Job;
  chosen: StepView | undefined;
  state: string;
  show: (part: Record<string, string>) => void;
}

const COLUMNS = ["task", "step", "state", "started", "lasted", "worker", "cause"] as const;

/** The tasks of a job, or of one of its steps. However many they are, only those on the screen are drawn. */
export function Tasks({ job, chosen, state, show }: Props) {
  const { t, i18n } = useTranslation();
  const given = chosen ? resourcesOf(chosen.resources, i18n.language) : "";
  const steps = chosen ? [chosen] : job.steps;
  const all = steps.flatMap(({ tasks }) => tasks);
  const counts = countsOf(all);
  const tasks = state ? all.filter((task) => task.state === state) : all;
  const names = new Map(job.steps.map(({ position, handler }) => [position, shortHandler(handler)]));
  return (
    <section className="panel" aria-labelledby="tasks-of-job">
      <div className="heading">
        <h2 id="tasks-of-job">
          {chosen
            ? t("jobs.tasks.of", { step: shortHandler(chosen.handler), count: tasks.length })
            : t("jobs.tasks.title", { count: tasks.length })}
        </h2>
        {chosen && <Button onClick={() => show({ step: "", state: "" })}>{t("jobs.tasks.every")}</Button>}
        <Select
          allowClear
          aria-label={t("jobs.tasks.state")}
          placeholder={t("jobs.tasks.state")}
          value={state || null}
          options={counts.map(([value, count]) => ({
            value,
            label: `${t(`jobs.states.${value}`)} · ${count}`,
          }))}
          onChange={(wanted) => show({ state: wanted ?? "" })}
          popupMatchSelectWidth={false}
          className="task-state"
        />
      </div>
      {given && <p className="faint">{t("jobs.tasks.given", { resources: given })}</p>}
      {tasks.length === 0 ? (
        <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t("jobs.tasks.none")} />
      ) : (
        <Table tasks={tasks} names={names} moving={isUnderWay(job.state)} logged={job.removed_at === null} />
      )}
    </section>
  );
}

interface TableProps {
  tasks: Task[];
  names: Map<number, string>;
  moving: boolean;
  /** Logs can be read: those of a job in the trash cannot. */
  logged: boolean;
}

function Table({ tasks, names, moving, logged }: TableProps) {
  const { t } = useTranslation();
  const now = useNow(moving);
  const [parameters] = useAddress();
  const head = COLUMNS.map((name) => (
    <th key={name} scope="col" className={`task-${name}`}>
      {t(`jobs.tasks.${name}`)}
    </th>
  ));
  return (
    <LongTable count={tasks.length} label={t("jobs.tasks.table")} head={head}>
      {(index) => {
        const task = tasks[index];
        return (
          task && (
            <Line
              key={task.id}
              task={task}
              step={names.get(task.step) ?? ""}
              index={index}
              now={now}
              log={logged ? logAddress(parameters, task.id) : ""}
            />
          )
        );
      }}
    </LongTable>
  );
}

interface LineProps {
  task: Task;
  step: string;
  index: number;
  now: number;
  /** Where its log is read; empty where it cannot be. */
  log: string;
}

/** The log of a task, on the tab beside this one, which stays as it was set. */
function logAddress(parameters: URLSearchParams, task: string): string {
  const next = new URLSearchParams(parameters);
  for (const name of ["at", "find"]) next.delete(name);
  next.set("task", task);
  return tabAddress(next, "log", undefined);
}

function Line({ task, step, index, now, log }: LineProps) {
  const { t, i18n } = useTranslation();
  const time = lasted(task, now);
  return (
    <tr aria-rowindex={index + 2} style={{ height: LINE }}>
      <td>
        {log ? (
          <Link to={log} title={t("jobs.tasks.log", { task: task.id })}>
            {task.id}
          </Link>
        ) : (
          task.id
        )}
        <CopyButton text={task.id} label={t("steps.copy", { what: task.id })} />
        {task.attempt > 1 && <span className="faint"> ×{task.attempt}</span>}
      </td>
      <td>{step}</td>
      <td>
        <StateWord state={task.state} />
      </td>
      <td>{task.started_at ? exact(task.started_at, i18n.language) : "–"}</td>
      <td className="number">{time === undefined ? "–" : lengthOf(time, i18n.language)}</td>
      <td title={task.worker}>{task.worker || "–"}</td>
      <td title={task.cause} lang="en">
        {task.cause}
      </td>
    </tr>
  );
}
