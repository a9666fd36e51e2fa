const VISUAL = /\b(image|grayscale_image|video|ndarray|numpy_binary)\b/;
const NUMERIC = new Set(["int", "float", "bigint", "decimal", "duration"]);

/** Kinds of columns, by what is compared with them. */
export type Compared = "number" | "text" | "truth" | "time" | "none" | "any";

export function comparedAs(type: string): Compared {
  if (NUMERIC.has(type)) return type === "duration" ? "none" : "number";
  if (type === "bool") return "truth";
  if (type === "str" || type === "uuid") return "text";
  if (["datetime", "instant", "date", "time"].includes(type)) return "time";
  return type === "mixed" ? "any" : "none";
}

/** Whether a column holds what is looked at rather than read. */
export function isVisual(type: string): boolean {
  return VISUAL.test(type);
}

export function isNumeric(type: string): boolean {
  return NUMERIC.has(type);
}

/** Pixels that a column of this type is wide, until somebody changes it. */
export function widthOf(type: string, name: string): number {
  const head = 60 + 8 * Math.min(24, name.length + Math.min(10, type.length));
  const usual =
    isNumeric(type) || type === "bool" ? 110 : isVisual(type) ? 150 : /audio/.test(type) ? 260 : 240;
  return Math.max(usual, head);
}
