import { listOf, objectOf, textOf, textsOf } from "../plan";
import { type Option, optionOf } from "./options";

/** A handler of a model, as far as a form needs to know it. */
export interface Handler {
  id: string;
  name: string;
  kind: string;
  replicas: number;
  needs: string[];
  resources: Record<string, unknown>;
  expose: number;
  /** It reads rows of datasets that the order must name. */
  wantsDatasets: boolean;
  wantsValidation: boolean;
  options: Option[];
}

export function handlerOf(plain: unknown): Handler {
  const spec = objectOf(plain);
  const id = textOf(spec.id);
  const kind = textOf(spec.kind) || "handler";
  const fineTune = objectOf(objectOf(spec.options).fine_tune);
  return {
    id,
    name: textOf(spec.name) || id,
    kind,
    replicas: typeof spec.replicas === "number" ? spec.replicas : 1,
    needs: textsOf(spec.needs),
    resources: objectOf(spec.resources),
    expose: typeof spec.expose === "number" ? spec.expose : 0,
    wantsDatasets:
      listOf(spec.datasets).length === 0 && (kind === "predict" || spec.require_dataset === true),
    wantsValidation: fineTune.require_validation_datasets === true,
    options: Object.values(objectOf(spec.arguments)).flatMap((group) =>
      Object.values(objectOf(group)).map(optionOf),
    ),
  };
}

/** A handler and all that it needs, each after those it needs itself. */
export function stepsOf(handlers: Handler[], chosen: string): Handler[] {
  const byId = new Map(handlers.map((each) => [each.id, each]));
  const order: Handler[] = [];
  const seen = new Set<string>();
  const visit = (id: string): void => {
    const handler = byId.get(id);
    if (!handler || seen.has(id)) return;
    seen.add(id);
    for (const need of handler.needs) visit(need);
    order.push(handler);
  };
  visit(chosen);
  return order;
}

/** The options of all steps together; one that several take is there once, and needed if one of them needs it. */
export function optionsOf(steps: Handler[]): Option[] {
  const found = new Map<string, Option>();
  for (const option of steps.flatMap((step) => step.options)) {
    const known = found.get(option.name);
    found.set(option.name, known ? { ...known, required: known.required || option.required } : option);
  }
  return [...found.values()].sort((one, other) => Number(other.required) - Number(one.required));
}
