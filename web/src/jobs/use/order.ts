import type { Step, Task } from "../queries";

export const COLUMNS = ["task", "step", "seconds", "cpu", "cores", "memory", "read", "written"] as const;
export type Column = (typeof COLUMNS)[number];

export interface Order {
  by: Column;
  descending: boolean;
}

/** What a task stands in order by; undefined where nothing was recorded. */
export function figureOf(task: Task, column: Column): number | undefined {
  if (column === "task") return task.step * 1e9 + task.index;
  if (column === "step") return task.step;
  const used = task.usage;
  if (!used) return undefined;
  if (column === "cores") return used.seconds > 0 ? used.cpu_seconds / used.seconds : 0;
  return {
    seconds: used.seconds,
    cpu: used.cpu_seconds,
    memory: used.memory_peak,
    read: used.bytes_read,
    written: used.bytes_written,
  }[column];
}

/** The tasks in order; those of which nothing was recorded come last, whichever way round it is. */
export function ordered(steps: Step[], { by, descending }: Order): Task[] {
  const sign = descending ? -1 : 1;
  return steps
    .flatMap(({ tasks }) => tasks)
    .map((task) => ({ task, value: figureOf(task, by) }))
    .sort((one, other) => {
      if (one.value === undefined || other.value === undefined)
        return Number(one.value === undefined) - Number(other.value === undefined);
      return sign * (one.value - other.value);
    })
    .map(({ task }) => task);
}

/** The order that an address names; the greatest use of memory first by default. */
export function orderOf(parameters: URLSearchParams): Order {
  const by = COLUMNS.find((each) => each === parameters.get("by"));
  return by ? { by, descending: parameters.get("up") === null } : { by: "memory", descending: true };
}

/** The address of the curves of a step or a task; the tasks stay as they are ordered and chosen. */
export function addressOf(parameters: URLSearchParams, part: { step?: string; curves?: string }): string {
  const next = new URLSearchParams({ tab: "resources" });
  for (const [name, value] of [...parameters, ...Object.entries(part)]) next.set(name, value);
  if (part.curves === undefined) next.delete("curves");
  return `?${next}`;
}
