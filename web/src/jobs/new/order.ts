import type { components } from "../../api/schema";
import { numberOf, objectOf, planOf, textOf, textsOf } from "../plan";
import type { Job } from "../queries";

type NewJob = components["schemas"]["NewJob"];

/** What somebody orders: a job that is to be made, without what is left to others to say. */
export interface Order {
  model: string;
  handler: string;
  datasets: string[];
  validation_datasets: string[];
  dataset_head: number;
  runtime: string;
  pool: string;
  arguments: string[];
  steps: Record<string, StepWish>;
  priority: number;
  deadline: number;
  auto_release_time: number;
  debug: boolean;
  isolation: "process" | "thread";
  log_project: string;
  comment: string;
}

/** What a step is to be given instead of what its handler says. */
export interface StepWish {
  replicas?: number;
  resources?: Record<string, unknown>;
}

export const EMPTY: Order = {
  model: "",
  handler: "",
  datasets: [],
  validation_datasets: [],
  dataset_head: 0,
  runtime: "",
  pool: "",
  arguments: [],
  steps: {},
  priority: 0,
  deadline: 0,
  auto_release_time: 0,
  debug: false,
  isolation: "process",
  log_project: "",
  comment: "",
};

export const bodyOf = (order: Order): NewJob => order as NewJob;

/** An order for another job like this one. */
export function orderOfJob(job: Job): Order {
  const plan = planOf(job);
  return {
    ...EMPTY,
    model: job.model,
    handler: job.handler,
    datasets: job.datasets,
    validation_datasets: plan.validation,
    dataset_head: plan.datasetHead,
    runtime: runtimeOf(job.runtime),
    pool: job.pool,
    arguments: plan.arguments,
    steps: wishesOf(plan.overrides),
    priority: job.priority,
    deadline: plan.deadline,
    auto_release_time: plan.autoReleaseTime,
    debug: job.debug,
    isolation: plan.isolation === "thread" ? "thread" : "process",
    log_project: plan.logProject === job.project ? "" : plan.logProject,
    comment: job.comment,
  };
}

// A plan names what was chosen for it; an order says nothing where that is to be chosen anew.
function runtimeOf(runtime: string): string {
  if (runtime === "packaged") return "";
  return runtime === "" ? "none" : runtime;
}

/** What a template keeps, as an order. */
export function orderOfBlueprint(blueprint: Record<string, unknown>): Order {
  return {
    ...EMPTY,
    model: textOf(blueprint.model),
    handler: textOf(blueprint.handler),
    datasets: textsOf(blueprint.datasets),
    validation_datasets: textsOf(blueprint.validation_datasets),
    dataset_head: numberOf(blueprint.dataset_head),
    runtime: textOf(blueprint.runtime) === "packaged" ? "" : textOf(blueprint.runtime),
    pool: textOf(blueprint.pool),
    arguments: textsOf(blueprint.arguments),
    steps: wishesOf(objectOf(blueprint.overrides)),
    deadline: numberOf(blueprint.deadline),
    auto_release_time: numberOf(blueprint.auto_release_time),
    debug: blueprint.debug === true,
    isolation: blueprint.isolation === "thread" ? "thread" : "process",
    log_project: textOf(blueprint.log_project),
    comment: textOf(blueprint.comment),
  };
}

function wishesOf(overrides: Record<string, unknown>): Order["steps"] {
  return Object.fromEntries(
    Object.entries(overrides).map(([id, wish]) => {
      const { replicas, resources } = objectOf(wish);
      return [
        id,
        {
          ...(typeof replicas === "number" && { replicas }),
          ...(resources !== undefined && resources !== null && { resources: objectOf(resources) }),
        },
      ];
    }),
  );
}
