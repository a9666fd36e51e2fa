import { type BigNumber, isBig } from "../../media/exact";

export type Constant = string | number | boolean | null | BigNumber;

export const COMPARISONS = ["=", "!=", "<", "<=", ">", ">="] as const;
export type Comparison = (typeof COMPARISONS)[number];

/** A filter as the server takes it. */
export type Filter =
  | { op: "and" | "or"; parts: Filter[] }
  | { op: "not"; part: Filter }
  | { op: Comparison; column: string; value: Constant }
  | { op: "contains"; column: string; value: string }
  | { op: "in"; column: string; values: Constant[] }
  | { op: "is_null"; column: string };

/** Why a text is no filter, and at which letter that shows. */
export class NotAFilter extends Error {
  constructor(
    readonly at: number,
    readonly found: string,
  ) {
    super(found);
  }
}

const TOKEN =
  /\s*(?:(?<column>`(?:[^`]|``)*`)|(?<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(?<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\p{L}\d_])|(?<sign>!=|<=|>=|==|[=<>(),≠≤≥])|(?<word>[\p{L}_$][\p{L}\p{N}_$.-]*))/uy;
const SIGNS: Record<string, Comparison> = { "==": "=", "≠": "!=", "≤": "<=", "≥": ">=" };
const DEEPEST = 20;

interface Token {
  kind: "column" | "text" | "number" | "sign" | "word" | "end";
  text: string;
  at: number;
}

function tokens(text: string): Token[] {
  const found: Token[] = [];
  TOKEN.lastIndex = 0;
  while (text.slice(TOKEN.lastIndex).trim()) {
    const from = TOKEN.lastIndex;
    const match = TOKEN.exec(text);
    if (!match?.groups) throw new NotAFilter(from, text.slice(from).trim().slice(0, 20));
    const [kind = "end", word = ""] =
      Object.entries(match.groups).find(([, each]) => each !== undefined) ?? [];
    found.push({ kind: kind as Token["kind"], text: word, at: TOKEN.lastIndex - word.length });
  }
  return [...found, { kind: "end", text: "", at: text.length }];
}

/**
 * The filter that a text means, such as `label = 3 and not (name contains "cat" or score is null)`.
 *
 * @throws {NotAFilter} it means none.
 */
export function parseFilter(text: string): Filter {
  const all = tokens(text);
  let place = 0;
  const peek = (): Token => all[Math.min(place, all.length - 1)] as Token;
  const next = (): Token => {
    const token = peek();
    place++;
    return token;
  };
  const fail = (token = peek()): never => {
    throw new NotAFilter(token.at, token.text);
  };
  const isWord = (word: string): boolean => peek().kind === "word" && peek().text.toLowerCase() === word;
  const take = (word: string): boolean => isWord(word) && Boolean(next());
  const sign = (text: string): boolean => peek().kind === "sign" && peek().text === text && Boolean(next());

  const joined = (op: "and" | "or", part: (depth: number) => Filter, depth: number): Filter => {
    const parts = [part(depth)];
    while (take(op)) parts.push(part(depth));
    return parts.length === 1 ? (parts[0] as Filter) : { op, parts };
  };
  const either = (depth: number): Filter => (depth > DEEPEST ? fail() : joined("or", both, depth));
  const both = (depth: number): Filter => joined("and", single, depth);
  const single = (depth: number): Filter => {
    if (depth > DEEPEST) return fail();
    if (isWord("not") && all[place + 1]?.kind !== "sign") return negated(depth);
    if (isWord("not") && all[place + 1]?.text === "(") return negated(depth);
    if (sign("(")) {
      const inner = either(depth + 1);
      return sign(")") ? inner : fail();
    }
    return leaf();
  };
  const negated = (depth: number): Filter => {
    next();
    return { op: "not", part: single(depth + 1) };
  };
  const leaf = (): Filter => {
    const token = next();
    if (token.kind !== "word" && token.kind !== "column") return fail(token);
    const column = token.kind === "word" ? token.text : token.text.slice(1, -1).replaceAll("``", "`");
    if (take("is")) return nullness(column);
    if (take("contains")) return { op: "contains", column, value: textOf(next()) };
    if (take("in")) return { op: "in", column, values: values() };
    const by = next();
    const op = SIGNS[by.text] ?? COMPARISONS.find((each) => each === by.text);
    if (by.kind !== "sign" || !op) return fail(by);
    return { op, column, value: constant() };
  };
  const nullness = (column: string): Filter => {
    const not = take("not");
    if (!take("null")) return fail();
    const part: Filter = { op: "is_null", column };
    return not ? { op: "not", part } : part;
  };
  const values = (): Constant[] => {
    const found: Constant[] = [];
    if (!sign("(")) return fail();
    do found.push(constant());
    while (sign(","));
    return sign(")") ? found : fail();
  };
  const constant = (): Constant => {
    const token = next();
    if (token.kind === "text") return textOf(token);
    if (token.kind === "number") return numberOf(token.text);
    const known = new Map<string, Constant>([
      ["true", true],
      ["false", false],
      ["null", null],
    ]).get(token.text.toLowerCase());
    return token.kind === "word" && known !== undefined ? known : fail(token);
  };
  const textOf = (token: Token): string => (token.kind === "text" ? unquoted(token.text) : fail(token));

  const found = either(0);
  return peek().kind === "end" ? found : fail();
}

function unquoted(text: string): string {
  const inner = text.slice(1, -1);
  const json = text.startsWith("'") ? inner.replace(/\\'/g, "'").replace(/(?<!\\)"/g, '\\"') : inner;
  try {
    return JSON.parse(`"${json}"`) as string;
  } catch {
    return inner;
  }
}

/** A number as it was typed; integers beyond what JavaScript counts to keep their digits. */
export function numberOf(text: string): number | BigNumber {
  const number = Number(text);
  return /^-?\d+$/.test(text) && !Number.isSafeInteger(number) ? { $: "bigint", v: text } : number;
}

const WORDS = new Set(["and", "or", "not", "is", "in", "contains", "null", "true", "false"]);

function columnText(name: string): string {
  const plain = /^[\p{L}_$][\p{L}\p{N}_$.-]*$/u.test(name) && !WORDS.has(name.toLowerCase());
  return plain ? name : `\`${name.replaceAll("`", "``")}\``;
}

export function constantText(value: Constant): string {
  return isBig(value) ? value.v : JSON.stringify(value);
}

/** The other way: a filter as people read it; `parseFilter` gives the same filter back. */
export function filterText(filter: Filter): string {
  switch (filter.op) {
    case "and":
    case "or":
      return filter.parts.map(inner).join(` ${filter.op} `);
    case "not":
      return filter.part.op === "is_null"
        ? `${columnText(filter.part.column)} is not null`
        : `not ${inner(filter.part)}`;
    case "is_null":
      return `${columnText(filter.column)} is null`;
    case "in":
      return `${columnText(filter.column)} in (${filter.values.map(constantText).join(", ")})`;
    default:
      return `${columnText(filter.column)} ${filter.op} ${constantText(filter.value)}`;
  }
}

function inner(filter: Filter): string {
  return filter.op === "and" || filter.op === "or" ? `(${filterText(filter)})` : filterText(filter);
}

/** A condition on one column. */
export type Condition = Exclude<Filter, { op: "and" | "or" }>;

/** A filter as a list of conditions, all or any of which hold; undefined where it is more than that. */
export function conditionsOf(filter: Filter | null): { join: "and" | "or"; parts: Condition[] } | undefined {
  if (!filter) return { join: "and", parts: [] };
  if (filter.op !== "and" && filter.op !== "or")
    return isCondition(filter) ? { join: "and", parts: [filter] } : undefined;
  return filter.parts.every(isCondition)
    ? { join: filter.op, parts: filter.parts as Condition[] }
    : undefined;
}

function isCondition(filter: Filter): filter is Condition {
  if (filter.op === "not") return filter.part.op === "is_null" || filter.part.op === "contains";
  return filter.op !== "and" && filter.op !== "or";
}

export function filterOf(join: "and" | "or", parts: Condition[]): Filter | null {
  const [first] = parts;
  return first === undefined ? null : parts.length === 1 ? first : { op: join, parts };
}

export function columnOf(condition: Condition): string {
  const part = condition.op === "not" ? condition.part : condition;
  return "column" in part ? part.column : "";
}
