import { listOf, objectOf, textOf, textsOf } from "../plan";

/** What a handler takes behind `--`, as `@argument` made it of a field of a dataclass. */
export interface Option {
  name: string;
  /** How it may be written, the usual way first. */
  spellings: string[];
  kind: "integer" | "float" | "boolean" | "choice" | "text";
  choices: string[];
  required: boolean;
  multiple: boolean;
  flag: boolean;
  hidden: boolean;
  usual: string | null;
  help: string;
}

export type Value = string | boolean | string[];

const KINDS = ["integer", "float", "boolean", "choice"] as const;

export function optionOf(plain: unknown): Option {
  const option = objectOf(plain);
  const type = objectOf(option.type);
  return {
    name: textOf(option.name),
    spellings: textsOf(option.opts),
    kind: KINDS.find((each) => each === type.name) ?? "text",
    choices: listOf(type.choices).map(String),
    required: option.required === true,
    multiple: option.multiple === true,
    flag: option.is_flag === true,
    hidden: option.hidden === true,
    usual: typeof option.default === "string" ? option.default : null,
    help: textOf(option.help),
  };
}

/** What words say of options, and the words that belong to none. Read as the worker reads them. */
export function valuesOf(options: Option[], words: string[]): { values: Map<string, Value>; rest: string[] } {
  const values = new Map<string, Value>();
  const rest: string[] = [];
  const left = [...words];
  for (let word = left.shift(); word !== undefined; word = left.shift()) {
    const [spelling = "", ...more] = word.split("=");
    const { option, off } = find(options, spelling);
    if (!option) rest.push(word);
    else if (option.flag) values.set(option.name, !off);
    else {
      const value = more.length > 0 ? more.join("=") : left.shift();
      if (value === undefined) rest.push(word);
      else put(values, option, value);
    }
  }
  return { values, rest };
}

function find(options: Option[], spelling: string): { option: Option | undefined; off: boolean } {
  const option = options.find(({ spellings }) => spellings.includes(spelling));
  if (option || !spelling.startsWith("--no-")) return { option, off: false };
  const bare = `--${spelling.slice(5)}`;
  return { option: options.find(({ flag, spellings }) => flag && spellings.includes(bare)), off: true };
}

function put(values: Map<string, Value>, option: Option, value: string): void {
  const before = values.get(option.name);
  values.set(option.name, option.multiple ? [...(Array.isArray(before) ? before : []), value] : value);
}

/** The words that say so; what is undefined is not said. */
export function wordsOf(options: Option[], values: Map<string, Value>, rest: string[]): string[] {
  const words = options.flatMap((option) => {
    const value = values.get(option.name);
    const [spelling = ""] = option.spellings;
    if (value === undefined) return [];
    if (typeof value === "boolean") return [value ? spelling : `--no-${spelling.slice(2)}`];
    return (Array.isArray(value) ? value : [value]).flatMap((each) => wordOf(spelling, each));
  });
  return [...words, ...rest];
}

// A value that looks like an option would be taken for one.
const wordOf = (spelling: string, value: string): string[] =>
  value.startsWith("-") ? [`${spelling}=${value}`] : [spelling, value];

/** What is wrong with the value of an option. */
export function faultOf(
  option: Option,
  value: Value | undefined,
): "needed" | "integer" | "float" | "choice" | null {
  if (value === undefined || (Array.isArray(value) && value.length === 0))
    return option.required ? "needed" : null;
  if (typeof value === "boolean") return null;
  const words = Array.isArray(value) ? value : [value];
  if (option.kind === "integer" && !words.every((word) => /^\s*[+-]?\d+(_\d+)*\s*$/.test(word)))
    return "integer";
  if (option.kind === "float" && !words.every(isNumber)) return "float";
  if (option.choices.length > 0 && !words.every((word) => option.choices.includes(word))) return "choice";
  return null;
}

function isNumber(word: string): boolean {
  return (
    word.trim() !== "" && (/^\s*[+-]?(inf(inity)?|nan)\s*$/i.test(word) || Number.isFinite(Number(word)))
  );
}
