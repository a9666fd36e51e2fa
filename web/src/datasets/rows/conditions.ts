import { isBig } from "../../media/exact";
import { type Comparison, type Condition, type Constant, columnOf, numberOf } from "./filter";
import { type Compared, comparedAs } from "./types";

/** What the form calls a comparison. */
export const COMPARED = [
  "eq",
  "ne",
  "lt",
  "le",
  "gt",
  "ge",
  "before",
  "after",
  "contains",
  "lacks",
  "in",
  "null",
  "filled",
] as const;
export type Act = (typeof COMPARED)[number];

const ACTS: Record<Compared, Act[]> = {
  number: ["eq", "ne", "lt", "le", "gt", "ge", "in", "null", "filled"],
  text: ["contains", "lacks", "eq", "ne", "in", "null", "filled"],
  truth: ["eq", "null", "filled"],
  time: ["before", "after", "eq", "null", "filled"],
  any: ["eq", "ne", "contains", "lacks", "lt", "gt", "in", "null", "filled"],
  none: ["null", "filled"],
};
const SIGNS = { eq: "=", ne: "!=", lt: "<", le: "<=", gt: ">", ge: ">=", before: "<", after: ">" } as const;

export function actsOf(type: string): Act[] {
  return ACTS[comparedAs(type)];
}

/** A condition as the form has it: everything as it is typed. */
export interface Draft {
  column: string;
  act: Act;
  typed: string;
  many: string[];
}

export function draftOf(condition: Condition | undefined, columns: Record<string, string>): Draft {
  const [first = "id"] = Object.keys(columns).filter((name) => comparedAs(columns[name] ?? "") !== "none");
  const column = condition ? columnOf(condition) : first;
  const type = columns[column] ?? "mixed";
  const [usual = "eq"] = actsOf(type);
  const draft: Draft = { column, act: usual, typed: "", many: [] };
  return condition ? { ...draft, ...drafted(condition, comparedAs(type) === "time") } : draft;
}

function drafted(condition: Condition, time: boolean): Partial<Draft> {
  switch (condition.op) {
    case "not":
      return condition.part.op === "contains"
        ? { act: "lacks", typed: condition.part.value }
        : { act: "filled" };
    case "is_null":
      return { act: "null" };
    case "contains":
      return { act: "contains", typed: condition.value };
    case "in":
      return { act: "in", many: condition.values.map(typedOf) };
    default:
      if (condition.value === null) return { act: condition.op === "=" ? "null" : "filled" };
      return { act: actOf(condition.op, time), typed: typedOf(condition.value) };
  }
}

function actOf(sign: Comparison, time: boolean): Act {
  const acts = Object.keys(SIGNS) as (keyof typeof SIGNS)[];
  const fitting = acts.filter((act) => SIGNS[act] === sign);
  return (time ? fitting.at(-1) : fitting[0]) ?? "eq";
}

function typedOf(value: Constant): string {
  return isBig(value) ? value.v : String(value);
}

/** The condition that was typed; undefined where its value is missing or of another kind than the column. */
export function conditionOf({ column, act, typed, many }: Draft, type: string): Condition | undefined {
  const kind = comparedAs(type);
  if (act === "null") return { op: "is_null", column };
  if (act === "filled") return { op: "not", part: { op: "is_null", column } };
  if (act === "contains" || act === "lacks") {
    if (!typed) return undefined;
    const part = { op: "contains", column, value: typed } as const;
    return act === "contains" ? part : { op: "not", part };
  }
  if (act === "in") {
    const values = many.map((each) => constantOf(each, kind));
    return values.length && values.every((each) => each !== undefined)
      ? { op: "in", column, values: values as Constant[] }
      : undefined;
  }
  const value = constantOf(typed, kind);
  return value === undefined ? undefined : { op: SIGNS[act], column, value };
}

function constantOf(typed: string, kind: Compared): Constant | undefined {
  if (kind === "truth") return typed === "" ? undefined : typed === "true";
  if (kind === "text") return typed;
  const text = typed.trim();
  if (text === "") return undefined;
  const numeric = /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(text);
  if (kind === "number") return numeric ? numberOf(text) : undefined;
  if (kind === "any" && numeric) return numberOf(text);
  return kind === "any" && (text === "true" || text === "false") ? text === "true" : text;
}
