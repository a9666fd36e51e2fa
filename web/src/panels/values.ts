import { moment, momentOf } from "../i18n/times";

/** A value of a table as a number; NaN where it is none. What JSON cannot say comes with its type. */
export function numberOf(value: unknown): number {
  if (typeof value === "number") return value;
  if (typeof value === "boolean") return Number(value);
  if (typeof value !== "object" || value === null) return Number.NaN;
  const told = value as { $?: unknown; v?: unknown };
  return ["float", "bigint", "decimal"].includes(String(told.$)) ? Number(told.v) : Number.NaN;
}

/** Milliseconds since 1970 of a value of a table that is a time; undefined where it is none. */
export function timeOf(value: unknown): number | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const told = value as { $?: unknown; v?: unknown };
  return ["datetime", "instant", "date"].includes(String(told.$)) ? momentOf(String(told.v)) : undefined;
}

export function isNumber(value: unknown): boolean {
  return typeof value !== "boolean" && Number.isFinite(numberOf(value));
}

/** A value as it is written in tables and beside axes. */
export function written(value: unknown, language: string): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "number") return figure(value, language);
  if (typeof value !== "object") return String(value);
  const told = value as { $?: unknown; v?: unknown };
  if (told.$ === "float") return String(told.v);
  if (typeof told.v === "string" && typeof told.$ === "string") return moment(told.$, told.v, language);
  return JSON.stringify(value);
}

/** Four digits are read at a glance; counts are shown whole. */
export function figure(value: number, language: string): string {
  if (Number.isInteger(value)) return new Intl.NumberFormat(language).format(value);
  const small = value !== 0 && Math.abs(value) < 1e-4;
  return new Intl.NumberFormat(language, {
    maximumSignificantDigits: Math.abs(value) >= 10_000 ? 8 : 4,
    ...(small && { notation: "scientific" }),
  }).format(value);
}
