import { isMap, isScalar, isSeq, LineCounter, parseDocument, stringify } from "yaml";
import { EMPTY, type Order } from "./order";

/** What is wrong with a text, and in which line. */
export interface Mistake {
  line: number;
  /** What is wrong, in words for people; `unknown` and `kind` name fields of an order. */
  what: { kind: "yaml"; detail: string } | { kind: "unknown" | "type"; field: string };
}

const NAMES = Object.keys(EMPTY) as (keyof Order)[];

/** An order as YAML; what is as usual is left out, except what every order has. */
export function toText(order: Order): string {
  const always: (keyof Order)[] = ["model", "handler", "datasets"];
  const shown = NAMES.filter(
    (name) => always.includes(name) || JSON.stringify(order[name]) !== JSON.stringify(EMPTY[name]),
  );
  return stringify(Object.fromEntries(shown.map((name) => [name, order[name]])), { lineWidth: 0 });
}

/** The order that a YAML text stands for, or the first thing that is wrong with it. */
export function fromText(text: string): Order | Mistake {
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter });
  const [error] = document.errors;
  if (error)
    return {
      line: error.linePos?.[0].line ?? 1,
      what: { kind: "yaml", detail: error.message.split("\n")[0] ?? "" },
    };
  if (document.contents !== null && !isMap(document.contents))
    return { line: 1, what: { kind: "type", field: "" } };
  const found = plainOf(document);
  if (!found) return { line: 1, what: { kind: "type", field: "" } };
  const lineOf = (name: string): number => {
    const pair = isMap(document.contents)
      ? document.contents.items.find(({ key }) => String(key) === name)
      : undefined;
    const range = (pair?.key as { range?: [number, number, number] } | undefined)?.range;
    return range ? counter.linePos(range[0]).line : 1;
  };
  const order: Record<string, unknown> = { ...EMPTY };
  for (const [name, value] of Object.entries(found)) {
    if (!(NAMES as string[]).includes(name))
      return { line: lineOf(name), what: { kind: "unknown", field: name } };
    const told = WORDS.has(name) ? asWritten(document.get(name, true), value) : value;
    const read = READERS[name as keyof Order](told);
    if (read === undefined) return { line: lineOf(name), what: { kind: "type", field: name } };
    order[name] = read;
  }
  return order as unknown as Order;
}

/** Lists of words for a command line, which go there as they are written. */
const WORDS: ReadonlySet<string> = new Set(["arguments", "datasets", "validation_datasets"]);

/** A list in which numbers and the like stand as they were written: 1.10 is no 1.1. */
function asWritten(node: unknown, value: unknown): unknown {
  if (!isSeq(node) || !Array.isArray(value)) return value;
  return value.map((each: unknown, place) => {
    const item = node.items[place];
    return isScalar(item) && ["number", "boolean"].includes(typeof each) ? (item.source ?? each) : each;
  });
}

/** Null where so few words stand for so much that it is no order. */
function plainOf(document: { toJS: () => unknown }): Record<string, unknown> | null {
  try {
    return (document.toJS() ?? {}) as Record<string, unknown>;
  } catch {
    return null;
  }
}

export const isMistake = (found: Order | Mistake): found is Mistake => "line" in found;

type Reader = (value: unknown) => unknown;

const text: Reader = (value) => (value === null ? "" : typeof value === "string" ? value : undefined);
const yes: Reader = (value) => (typeof value === "boolean" ? value : undefined);
const number: Reader = (value) => (typeof value === "number" && Number.isFinite(value) ? value : undefined);
const whole: Reader = (value) => (Number.isSafeInteger(value) ? value : undefined);
/** Words on a command line: numbers may be written as such. */
const texts: Reader = (value) => {
  if (value === null) return [];
  if (!Array.isArray(value)) return undefined;
  return value.every((each) => ["string", "number", "boolean"].includes(typeof each))
    ? value.map(String)
    : undefined;
};
const wishes: Reader = (value) => {
  if (value === null) return {};
  if (!isPlain(value)) return undefined;
  return Object.values(value).every(isWish) ? value : undefined;
};

function isWish(wish: unknown): boolean {
  if (!isPlain(wish)) return false;
  const { replicas, resources, ...others } = wish;
  return (
    Object.keys(others).length === 0 &&
    (replicas === undefined || Number.isSafeInteger(replicas)) &&
    (resources === undefined || isPlain(resources))
  );
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const READERS: Record<keyof Order, Reader> = {
  model: text,
  handler: text,
  datasets: texts,
  validation_datasets: texts,
  dataset_head: whole,
  runtime: text,
  pool: text,
  arguments: texts,
  steps: wishes,
  priority: whole,
  deadline: number,
  auto_release_time: number,
  debug: yes,
  isolation: (value) => (value === "process" || value === "thread" ? value : undefined),
  log_project: text,
  comment: text,
};
