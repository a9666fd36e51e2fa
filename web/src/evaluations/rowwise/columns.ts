/** What is noted beside what a model says; how long a row took is never the same twice. */
const NOTES = new Set(["_mode", "_index", "duration_seconds"]);
const PLAIN = new Set(["int", "float", "bool", "str"]);
const INPUT = "input/";
const SAID = /^(output|outputs|prediction|predicted|pred|answer|result|said)$/i;
const TRUTH = /(^|\/)(label|labels|target|truth|expected|reference|gold|answer|y)$/i;

interface Column {
  name: string;
  type: string;
}

/** The columns of tables that are laid side by side. */
export interface Sides {
  /** What was read, the same for all. */
  inputs: string[];
  /** What each has made of it. */
  outputs: string[];
  /** What can be told how far it lies apart. */
  ordering: string[];
  /** Whether a row is right, as columns or pairs of them tell. */
  rights: string[];
}

export function sidesOf(tables: readonly (readonly Column[])[]): Sides {
  const types = new Map<string, string>();
  for (const { name, type } of tables.flat()) types.set(name, type);
  const names = [...types.keys()].filter((name) => !NOTES.has(name));
  const inputs = names.filter((name) => name.startsWith(INPUT));
  const outputs = names.filter((name) => !name.startsWith(INPUT));
  const truths = names.filter((name) => TRUTH.test(name) && !SAID.test(name));
  const pairs = outputs
    .filter((name) => SAID.test(name))
    .flatMap((name) => truths.map((truth) => `${name}==${truth}`));
  const ordering = outputs.filter((name) => PLAIN.has(types.get(name) ?? ""));
  return {
    inputs,
    outputs,
    ordering,
    rights: [...outputs.filter((name) => types.get(name) === "bool"), ...pairs],
  };
}

/** A column as people read it. */
export function titleOf(name: string): string {
  return name.replace(INPUT, "").replaceAll("/", " / ");
}
