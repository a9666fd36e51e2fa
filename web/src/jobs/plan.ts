import type { Job } from "./queries";

/** What a step was made with, as the plan of a job says. */
export interface StepSpec {
  id: string;
  name: string;
  kind: string;
  needs: string[];
  replicas: number;
  resources: Record<string, { request?: number; limit?: number }>;
  expose: number;
}

/** The plan of a job, as far as the page tells of it. */
export interface Plan {
  steps: StepSpec[];
  arguments: string[];
  deadline: number;
  autoReleaseTime: number;
  logProject: string;
  datasetHead: number;
  validation: string[];
  isolation: string;
  overrides: Record<string, unknown>;
}

/** Reads a plan, which other releases may have written otherwise. */
export function planOf({ plan, project }: Pick<Job, "plan" | "project">): Plan {
  return {
    steps: listOf(plan.steps).map((step) => specOf(objectOf(objectOf(step).spec))),
    arguments: textsOf(plan.arguments),
    deadline: numberOf(plan.deadline),
    autoReleaseTime: numberOf(plan.auto_release_time),
    logProject: textOf(plan.log_project) || project,
    datasetHead: numberOf(plan.dataset_head),
    validation: listOf(plan.validation_datasets).map((each) => textOf(objectOf(each).uri)),
    isolation: textOf(plan.isolation) || "process",
    overrides: objectOf(plan.overrides),
  };
}

function specOf(spec: Record<string, unknown>): StepSpec {
  const resources: StepSpec["resources"] = {};
  for (const [name, value] of Object.entries(objectOf(spec.resources))) resources[name] = boundsOf(value);
  const id = textOf(spec.id);
  return {
    id,
    name: textOf(spec.name) || id,
    kind: textOf(spec.kind) || "handler",
    needs: textsOf(spec.needs),
    replicas: numberOf(spec.replicas) || 1,
    resources,
    expose: numberOf(spec.expose),
  };
}

function boundsOf(value: unknown): { request?: number; limit?: number } {
  const { request, limit } = objectOf(value);
  return {
    ...(typeof request === "number" && { request }),
    ...(typeof limit === "number" && { limit }),
  };
}

export function objectOf(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
}
export const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
export const textOf = (value: unknown): string => (typeof value === "string" ? value : "");
export const numberOf = (value: unknown): number => (typeof value === "number" ? value : 0);
export const textsOf = (value: unknown): string[] =>
  listOf(value).filter((each): each is string => typeof each === "string");
