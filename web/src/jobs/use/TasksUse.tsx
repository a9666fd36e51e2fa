import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { bytes, count } from "../../i18n/amounts";
import { CopyButton } from "../../ui/Copyable";
import { useSaid } from "../../ui/useSearch";
import { LINE, LongTable } from "../LongTable";
import { shortLengthOf } from "../length";
import { shortHandler } from "../names";
import type { Job, Task } from "../queries";
import { addressOf, COLUMNS, type Column, figureOf, type Order, ordered, orderOf } from "./order";

/** What each task has used, in any order. */
export function TasksUse({ job }: { job: Job }) {
  const { t } = useTranslation();
  const [parameters, say] = useSaid();
  const order = orderOf(parameters);
  const step = job.steps.find(({ position }) => String(position) === parameters.get("step"));
  const { by, descending } = order;
  const tasks = useMemo(
    () => ordered(step ? [step] : job.steps, { by, descending }),
    [job, step, by, descending],
  );
  const names = new Map(job.steps.map(({ position, handler }) => [position, shortHandler(handler)]));
  const title = step
    ? t("jobs.tasks.of", { step: shortHandler(step.handler), count: tasks.length })
    : t("jobs.tasks.title", { count: tasks.length });
  const head = COLUMNS.map((name) => <Head key={name} name={name} order={order} say={say} />);
  return (
    <section className="panel use-tasks" aria-labelledby="use-of-tasks">
      <h2 id="use-of-tasks">{title}</h2>
      <LongTable count={tasks.length} label={t("jobs.use.table")} head={head}>
        {(index) => {
          const task = tasks[index];
          if (!task) return undefined;
          const to = addressOf(parameters, { curves: task.id });
          return <Line key={task.id} task={task} to={to} step={names.get(task.step) ?? ""} index={index} />;
        }}
      </LongTable>
    </section>
  );
}

interface HeadProps {
  name: Column;
  order: Order;
  say: (part: Record<string, string>) => void;
}

/** A heading that orders by its column: the most first, then the least. */
function Head({ name, order, say }: HeadProps) {
  const { t } = useTranslation();
  const mine = order.by === name;
  const falls = mine ? !order.descending : name !== "task" && name !== "step";
  const way = order.descending ? "descending" : "ascending";
  return (
    <th scope="col" aria-sort={mine ? way : "none"} className={`use-${name}`}>
      <button type="button" onClick={() => say({ by: name, up: falls ? "" : "1" })}>
        {t(`jobs.use.columns.${name}`)}
        <span aria-hidden>{mine ? (order.descending ? " ↓" : " ↑") : ""}</span>
      </button>
    </th>
  );
}

function Line({ task, to, step, index }: { task: Task; to: string; step: string; index: number }) {
  const { t, i18n } = useTranslation();
  const told = (column: Column, text: (value: number) => string) => {
    const value = figureOf(task, column);
    return <td className="number">{value === undefined ? "–" : text(value)}</td>;
  };
  const length = (seconds: number): string => shortLengthOf(1000 * seconds, i18n.language);
  const amount = (value: number): string => bytes(value, i18n.language);
  return (
    <tr aria-rowindex={index + 2} style={{ height: LINE }}>
      <td>
        <Link to={to} title={t("jobs.use.curvesOf", { task: task.id })} preventScrollReset>
          {task.id}
        </Link>
        <CopyButton text={task.id} label={t("steps.copy", { what: task.id })} />
        {task.attempt > 1 && <span className="faint"> ×{task.attempt}</span>}
      </td>
      <td title={step}>{step}</td>
      {told("seconds", length)}
      {told("cpu", length)}
      {told("cores", (value) => count(value, i18n.language, 2))}
      {told("memory", amount)}
      {told("read", amount)}
      {told("written", amount)}
    </tr>
  );
}
