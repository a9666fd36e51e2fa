import type { Kind } from "../filtering/filter";
import { timeOf } from "../panels/values";

const FEW = 12;

/** A value of a summary as a number, also where JSON has no form for it; undefined where it is none. */
export function numberOf(value: unknown): number | undefined {
  if (typeof value === "number") return value;
  if (!isRecord(value)) return undefined;
  if (value.$ === "float" || value.$ === "bigint" || value.$ === "decimal")
    return { nan: Number.NaN, inf: Infinity, "-inf": -Infinity }[String(value.v)] ?? Number(value.v);
  return undefined;
}

/** A value as text, to be looked through and to be shown where it is short. */
export function textOf(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "string") return value;
  if (Array.isArray(value) && value.every((each) => typeof each === "string")) return value.join(", ");
  const number = numberOf(value);
  if (number !== undefined) return String(number);
  if (isRecord(value) && "v" in value && typeof value.v !== "object") return String(value.v);
  return JSON.stringify(value);
}

/** The kind of a column, by its values. */
export function kindOf(values: Iterable<unknown>): Kind {
  const seen = new Set<Kind>();
  const texts = new Set<string>();
  let many = 0;
  for (const value of values) {
    if (value === null || value === undefined) continue;
    many++;
    seen.add(ownKind(value));
    if (typeof value === "string" && texts.size <= FEW) texts.add(value);
  }
  if (seen.size > 1) return "text";
  const [kind = "text"] = seen;
  return kind === "text" && texts.size <= FEW && texts.size < many ? "choice" : kind;
}

function ownKind(value: unknown): Kind {
  if (typeof value === "boolean") return "boolean";
  if (typeof value === "string") return "text";
  if (numberOf(value) !== undefined) return "number";
  return timeOf(value) === undefined ? "other" : "time";
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
