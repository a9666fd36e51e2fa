import { midnight } from "../i18n/times";
import { type Filter, type Kind, type Ops, readFilter } from "./filter";

/** What the server can be asked: it knows no regular expressions. */
export const ASKED: Ops = {
  number: ["range", "in", "any", "none"],
  time: ["days", "any", "none"],
  boolean: ["is", "any", "none"],
  choice: ["in", "has", "any", "none"],
  text: ["has", "in", "any", "none"],
  other: ["has", "range", "in", "any", "none"],
};

/** A condition as the server is asked for it; see docs/server/tables.md. */
export interface Tree {
  op: string;
  parts?: Tree[];
  part?: Tree;
  column?: string;
  value?: unknown;
  values?: readonly unknown[];
}

const DAY = 86_400_000;

/** Conditions as addresses spell them; what means nothing, or nothing to the server, is left out. */
export function filtersOf(where: readonly string[]): Filter[] {
  return where.flatMap((each) => readFilter(each) ?? []).filter(({ op }) => op !== "like");
}

/**
 * All conditions as one filter tree; undefined where every row passes.
 *
 * Args: `types` those of columns, as tables tell them.
 */
export function treeOf(
  filters: readonly Filter[],
  types: ReadonlyMap<string, string> = NONE,
): Tree | undefined {
  const parts = filters.flatMap((filter) => conditions(filter, types.get(filter.column) ?? ""));
  return parts.length > 1 ? { op: "and", parts } : parts[0];
}

const NONE: ReadonlyMap<string, string> = new Map();

function conditions(filter: Filter, type: string): Tree[] {
  const { column } = filter;
  const compared = (op: string, value: unknown): Tree => ({ op, column, value });
  const present: Tree = { op: "not", part: { op: "is_null", column } };
  switch (filter.op) {
    case "range": {
      const { from, to } = filter;
      const ends = [
        ...(from === undefined ? [] : [compared(">=", from)]),
        ...(to === undefined ? [] : [compared("<=", to)]),
      ];
      return ends.length > 0 ? ends : [present];
    }
    case "days": {
      const ends = [
        ...(filter.from ? [compared(">=", moment(filter.from, 0, type))] : []),
        // The last day is one of them, to its end.
        ...(filter.to ? [compared("<", moment(filter.to, 1, type))] : []),
      ];
      return ends.length > 0 ? ends : [present];
    }
    case "has":
      return filter.text ? [{ op: "contains", column, value: filter.text }] : [];
    case "in":
      return [{ op: "in", column, values: filter.values.flatMap(constants) }];
    case "is":
      return [compared("=", filter.value)];
    case "any":
      return [present];
    case "none":
      return [{ op: "is_null", column }];
    case "like":
      return [];
  }
}

/** What was typed may be meant as text or as a number: columns hold one or the other. */
function constants(text: string): (string | number)[] {
  return text.trim() !== "" && Number.isFinite(Number(text)) ? [text, Number(text)] : [text];
}

/** When a day begins, as one reads it in the table: by the clock of whoever looks where a time has a zone. */
function moment(day: string, later: number, type: string): { $: string; v: string } {
  if (type.startsWith("instant")) return { $: "instant", v: new Date(midnight(day, later)).toISOString() };
  return { $: "datetime", v: new Date(Date.parse(day) + later * DAY).toISOString().slice(0, 19) };
}

/** By its type, as tables tell it, what a column holds. */
export function kindOfType(type: string): Kind {
  if (/^(u?int|float|bigint|decimal)/.test(type)) return "number";
  if (/^bool/.test(type)) return "boolean";
  if (/^(datetime|instant)/.test(type)) return "time";
  return /^str/.test(type) ? "text" : "other";
}
