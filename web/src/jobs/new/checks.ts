import type { Problem } from "../../api/fault";
import { type Handler, optionsOf, stepsOf } from "./handlers";
import { faultOf, valuesOf } from "./options";
import type { Order } from "./order";

/** What is wrong with an order before it is sent; the words for each are in `jobs.order.faults`. */
export type Fault = "needed" | "integer" | "float" | "choice" | "size" | "unknown" | "dataset" | "validation";

/** Faults by field: the name of it in the order, `argument:NAME`, `step:ID`, or `step:ID:memory`. */
export type Faults = Map<string, Fault>;

const SIZE = /^\s*\d{1,30}(\.\d{1,30})?\s*([kmgtpe]i?)?b?\s*$/i;

export function check(order: Order, handlers: Handler[]): Faults {
  const steps = stepsOf(handlers, order.handler);
  return new Map([
    ...ofNames(order, handlers, steps),
    ...ofDatasets(order, steps),
    ...ofArguments(order, steps),
    ...ofSteps(order, steps),
  ]);
}

function* ofNames(order: Order, handlers: Handler[], steps: Handler[]): Iterable<[string, Fault]> {
  if (!order.model) yield ["model", "needed"];
  if (!order.handler) yield ["handler", "needed"];
  else if (handlers.length > 0 && steps.length === 0) yield ["handler", "unknown"];
}

function* ofDatasets(order: Order, steps: Handler[]): Iterable<[string, Fault]> {
  if (order.datasets.length === 0 && steps.some((step) => step.wantsDatasets)) yield ["datasets", "dataset"];
  if (order.validation_datasets.length === 0 && steps.some((step) => step.wantsValidation))
    yield ["validation_datasets", "validation"];
}

function* ofArguments(order: Order, steps: Handler[]): Iterable<[string, Fault]> {
  const options = optionsOf(steps);
  const { values, rest } = valuesOf(options, order.arguments);
  for (const option of options) {
    const fault = faultOf(option, values.get(option.name));
    if (fault) yield [`argument:${option.name}`, fault];
  }
  if (steps.length > 0 && rest.length > 0) yield ["arguments", "unknown"];
}

function* ofSteps(order: Order, steps: Handler[]): Iterable<[string, Fault]> {
  for (const [id, { replicas, resources }] of Object.entries(order.steps)) {
    const step = steps.find((each) => each.id === id || each.name === id);
    if (steps.length > 0 && !step) yield ["steps", "unknown"];
    else if (replicas !== undefined && !(replicas >= 1)) yield [`step:${step?.id ?? id}`, "integer"];
    else if (typeof resources?.memory === "string" && !SIZE.test(resources.memory))
      yield [`step:${step?.id ?? id}:memory`, "size"];
  }
}

const NOUNS: [RegExp, string][] = [
  [/^validation/, "validation_datasets"],
  [/\bdataset\b/, "datasets"],
  [/\bruntime\b/, "runtime"],
  [/\bpool\b/, "pool"],
  [/\bhandler\b/, "handler"],
  [/\bmodel\b/, "model"],
  [/\bpriority\b/, "priority"],
];

/** The field that a refusal of the server is about; null where it names none that the form shows. */
export function fieldOf(problem: Pick<Problem, "detail">, order: Order, handlers: Handler[]): string | null {
  const field = meantBy(problem, order, handlers);
  return field !== null && isShown(field, order, stepsOf(handlers, order.handler)) ? field : null;
}

function isShown(field: string, order: Order, steps: Handler[]): boolean {
  const options = optionsOf(steps);
  const { values, rest } = valuesOf(options, order.arguments);
  switch (field) {
    case "log_project":
    case "steps":
      return false;
    case "arguments":
      return steps.length > 0 && rest.length > 0;
    case "validation_datasets":
      return steps.some(({ id, wantsValidation }) => id === order.handler && wantsValidation);
    default:
      return !options.some(({ name, hidden }) => field === `argument:${name}` && hidden && !values.has(name));
  }
}

function meantBy({ detail }: Pick<Problem, "detail">, order: Order, handlers: Handler[]): string | null {
  const [, named] = /^body\.(\w+)/.exec(detail) ?? [];
  if (named) return named in order ? named : null;
  const steps = stepsOf(handlers, order.handler);
  const [, step] = /^step '([^']+)'/.exec(detail) ?? [];
  if (step && steps.some(({ id }) => id === step))
    return / dataset/.test(detail) ? "datasets" : `step:${step}`;
  const option = optionsOf(steps).find(({ spellings }) =>
    spellings.some((spelling) => new RegExp(`${spelling}(?![\\w-])`).test(detail)),
  );
  if (option) return `argument:${option.name}`;
  if (/^no handler of this run takes/.test(detail)) return "arguments";
  return NOUNS.find(([noun]) => noun.test(detail))?.[1] ?? null;
}
