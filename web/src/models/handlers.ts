/** One option that a handler takes, as `@argument` described it. */
export interface Argument {
  name: string;
  /** As it is written on a command line, the longest spelling last. */
  option: string;
  type: string;
  choices: string[];
  /** As text; empty where there is none. */
  usual: string;
  help: string;
  required: boolean;
  multiple: boolean;
  flag: boolean;
}

/** One step that a job may run, with what the server knows of it. */
export interface Handler {
  id: string;
  name: string;
  kind: string;
  replicas: number;
  needs: string[];
  /** How much of each resource a task asks for. */
  resources: [name: string, amount: number][];
  /** Port of the service that it offers; 0 for none. */
  port: number;
  needsDataset: boolean;
  needsValidation: boolean;
  datasets: string[];
  arguments: Argument[];
}

type Plain = Record<string, unknown>;

const plain = (value: unknown): Plain =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Plain) : {};
const text = (value: unknown): string => (typeof value === "string" ? value : "");
const texts = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((each) => typeof each === "string") : [];
const whole = (value: unknown, usual: number): number => (typeof value === "number" ? value : usual);

/** A handler as a package describes it; what is missing or strange there is as usual. */
export function handlerOf(told: Plain): Handler {
  const id = text(told.id);
  const groups = Object.values(plain(told.arguments)).flatMap((group) => Object.values(plain(group)));
  return {
    id,
    name: text(told.name) || id,
    kind: text(told.kind),
    replicas: whole(told.replicas, 1),
    needs: texts(told.needs),
    resources: Object.entries(plain(told.resources)).map(([name, amount]) => [name, amountOf(amount)]),
    port: whole(told.expose, 0),
    needsDataset: told.require_dataset === true,
    needsValidation: plain(plain(told.options).fine_tune).require_validation_datasets === true,
    datasets: texts(told.datasets),
    arguments: groups.map(plain).filter(shown).map(argumentOf),
  };
}

function shown(option: Plain): boolean {
  return option.hidden !== true;
}

function amountOf(amount: unknown): number {
  const { request, limit } = plain(amount);
  return whole(request, whole(limit, whole(amount, 0)));
}

function argumentOf(option: Plain): Argument {
  const type = plain(option.type);
  const { default: usual } = option;
  return {
    name: text(option.name),
    option: texts(option.opts).at(-1) ?? `--${text(option.name)}`,
    type: text(type.name),
    choices: texts(type.choices),
    usual: usual === null || usual === undefined ? "" : String(usual),
    help: text(option.help),
    required: option.required === true,
    multiple: option.multiple === true,
    flag: option.is_flag === true,
  };
}

/** Those that people run: nothing else needs them, or they offer a service. */
export function entriesOf(handlers: Handler[]): Handler[] {
  const needed = new Set(handlers.flatMap(({ needs }) => needs));
  return handlers.filter(({ id, port }) => port > 0 || !needed.has(id));
}

/** All steps of a run of a handler, those it needs first, in stages: what is in one stage may run side by side. */
export function stagesOf(handlers: Handler[], id: string): Handler[][] {
  const known = new Map(handlers.map((each) => [each.id, each]));
  const depths = new Map<string, number>();
  const depth = (each: string, above: ReadonlySet<string>): number => {
    const found = depths.get(each);
    if (found !== undefined) return found;
    const needs = (known.get(each)?.needs ?? []).filter((need) => known.has(need) && !above.has(need));
    const inner = new Set(above).add(each);
    const own = needs.reduce((most, need) => Math.max(most, depth(need, inner) + 1), 0);
    depths.set(each, own);
    return own;
  };
  depth(id, new Set());
  const stages: Handler[][] = [];
  for (const each of handlers) {
    const place = depths.get(each.id);
    if (place === undefined) continue;
    stages[place] ??= [];
    stages[place].push(each);
  }
  return stages.filter(Boolean);
}

/** What a run of some steps takes; the same option of several steps is one. */
export function argumentsOf(steps: Handler[]): (Argument & { of: Handler[] })[] {
  const found = new Map<string, Argument & { of: Handler[] }>();
  for (const step of steps) {
    for (const argument of step.arguments) {
      const same = found.get(argument.option);
      if (same) same.of.push(step);
      else found.set(argument.option, { ...argument, of: [step] });
    }
  }
  return [...found.values()].sort((one, other) => Number(other.required) - Number(one.required));
}
