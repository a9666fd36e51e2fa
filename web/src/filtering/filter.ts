/** What a column holds, by which it is filtered. */
export type Kind = "number" | "boolean" | "time" | "choice" | "text" | "other";

/** A condition on one column. */
export type Filter = { column: string } & (
  | { op: "range"; from: number | undefined; to: number | undefined }
  | { op: "days"; from: string; to: string }
  | { op: "has" | "like"; text: string }
  | { op: "in"; values: readonly string[] }
  | { op: "is"; value: boolean }
  | { op: "any" | "none" }
);

export type Op = Filter["op"];
/** Which conditions there are on a column, the first being the usual one. */
export type Ops = Readonly<Record<Kind, readonly Op[]>>;

/** Colons and commas stand between parts; addresses stay readable where the rest is as it is. */
const escaped = (text: string): string =>
  text.replace(/[%:,]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);

/** As an address says it, such as `accuracy:range:0.5..`. */
export function spelled(filter: Filter): string {
  const { column } = filter;
  return `${escaped(column)}:${filter.op}:${operand(filter)}`;
}

function operand(filter: Filter): string {
  switch (filter.op) {
    case "range":
    case "days":
      return `${filter.from ?? ""}..${filter.to ?? ""}`;
    case "has":
    case "like":
      return filter.text;
    case "in":
      return filter.values.map(escaped).join(",");
    case "is":
      return String(filter.value);
    default:
      return "";
  }
}

/** The other way round; undefined where it means nothing. */
export function readFilter(text: string): Filter | undefined {
  const [name = "", op = "", ...more] = text.split(":");
  const column = decoded(name);
  const rest = more.join(":");
  if (!column) return undefined;
  if (op === "range") {
    const [from, to] = rest.split("..").map((each) => (each.trim() === "" ? undefined : Number(each)));
    return Number.isNaN(from) || Number.isNaN(to) ? undefined : { column, op, from, to };
  }
  if (op === "days") {
    const [from = "", to = ""] = rest.split("..").map((each) => (Number.isNaN(Date.parse(each)) ? "" : each));
    return { column, op, from, to };
  }
  if (op === "has" || op === "like") return { column, op, text: rest };
  if (op === "in") return { column, op, values: rest.split(",").filter(Boolean).map(decoded) };
  if (op === "is") return { column, op, value: rest === "true" };
  return op === "any" || op === "none" ? { column, op } : undefined;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Whether a pattern can be read; half of one, while somebody types it, cannot. */
export function isPattern(text: string): boolean {
  try {
    return Boolean(new RegExp(text, "iu"));
  } catch {
    return false;
  }
}
