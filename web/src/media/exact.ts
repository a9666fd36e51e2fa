/** An integer that JavaScript cannot count to, in the form that tables have for it. */
export interface BigNumber {
  $: "bigint";
  v: string;
}

// Texts whole, so that digits in them are let alone; numbers whole, so that those of a fraction are.
const TOKENS = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/** JSON without loss: integers beyond 2^53 come as `BigNumber`. */
export function parseExactly(text: string): unknown {
  if (!/\d{16}/.test(text)) return JSON.parse(text);
  return JSON.parse(
    text.replace(TOKENS, (token) => (isLarge(token) ? `{"$":"bigint","v":"${token}"}` : token)),
  );
}

function isLarge(token: string): boolean {
  return token.length >= 16 && /^-?\d+$/.test(token) && !Number.isSafeInteger(Number(token));
}

/** The other way: JSON in which such integers are numbers again. */
export function exactJson(value: unknown, indent = 2): string {
  const plain = JSON.stringify(value) ?? "";
  if (!plain.includes('"bigint"')) return JSON.stringify(value, null, indent) ?? "";
  // Texts of somebody's may look like anything but this.
  let mark = "#";
  while (plain.includes(mark)) mark += "#";
  const text = JSON.stringify(
    value,
    (_, each: unknown) => (isBig(each) ? `${mark}${each.v}${mark}` : each),
    indent,
  );
  return text.replace(new RegExp(`"${mark}(-?\\d+)${mark}"`, "g"), "$1");
}

export function isBig(value: unknown): value is BigNumber {
  if (typeof value !== "object" || value === null) return false;
  const { $, v, ...more } = value as Record<string, unknown>;
  return $ === "bigint" && typeof v === "string" && /^-?\d+$/.test(v) && Object.keys(more).length === 0;
}
