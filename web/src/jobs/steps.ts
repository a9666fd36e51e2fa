import type { Plan, StepSpec } from "./plan";
import type { Job, Step, Task } from "./queries";
import { type State, stateOf } from "./states";

/** How a step stands: one node, however many tasks it has. */
export interface StepView extends Step {
  needs: number[];
  /** What each task was given. */
  resources: StepSpec["resources"];
  /** Number of tasks by their state, those that want looking at first. */
  counts: [State, number][];
  /** Rows of the step where it reads rows, its tasks otherwise. */
  progress: { rows: number; done: number; failed: number };
}

const ORDER: State[] = [
  "FAIL",
  "UNKNOWN",
  "RETRYING",
  "RUNNING",
  "PREPARING",
  "ASSIGNING",
  "CANCELLING",
  "READY",
  "CREATED",
  "PAUSED",
  "CANCELED",
  "SUCCESS",
];

export function stepViews(job: Pick<Job, "steps">, plan: Plan): StepView[] {
  const at = new Map(plan.steps.map((spec, position) => [spec.id, position]));
  return job.steps.map((step) => ({
    ...step,
    needs: (plan.steps[step.position]?.needs ?? []).flatMap((id) => at.get(id) ?? []),
    resources: plan.steps[step.position]?.resources ?? {},
    counts: countsOf(step.tasks),
    progress: step.rows > 0 ? step : tasksAsProgress(step.tasks),
  }));
}

export function countsOf(tasks: Pick<Task, "state">[]): [State, number][] {
  const counts = new Map<State, number>();
  for (const { state } of tasks) counts.set(stateOf(state), (counts.get(stateOf(state)) ?? 0) + 1);
  return ORDER.flatMap((state) => {
    const count = counts.get(state);
    return count ? [[state, count] as [State, number]] : [];
  });
}

function tasksAsProgress(tasks: Task[]): StepView["progress"] {
  const of = (...states: string[]): number => tasks.filter(({ state }) => states.includes(state)).length;
  return { rows: tasks.length, done: of("SUCCESS", "FAIL"), failed: of("FAIL") };
}
