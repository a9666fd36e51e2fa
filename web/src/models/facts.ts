/** A tensor, as text: its name, its type and its shape. */
export interface Tensor {
  name: string;
  type: string;
  shape: string;
}

export interface Import {
  name: string;
  trust: "expected" | "unknown" | "dangerous";
}

/** What one file of a model says of itself, or what the program said that made the model. */
export interface FileFacts {
  path: string;
  format: string;
  framework: string;
  className: string;
  parameters: number | undefined;
  trainable: number | undefined;
  types: [type: string, count: number][];
  tensors: Tensor[];
  tensorCount: number;
  inputs: Tensor[];
  outputs: Tensor[];
  details: [name: string, value: string][];
  imports: Import[];
  problem: string;
}

/** What is known of the model in a package. */
export interface Facts {
  labels: { framework: string; className: string; parameters: number | undefined }[];
  declared: FileFacts | undefined;
  files: FileFacts[];
  dangers: string[];
  problem: string;
}

type Plain = Record<string, unknown>;

const LONGEST = 500;
const plain = (value: unknown): Plain =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Plain) : {};
const text = (value: unknown): string => (typeof value === "string" ? value : "");
const number = (value: unknown): number | undefined => (typeof value === "number" ? value : undefined);
const list = (value: unknown): Plain[] => (Array.isArray(value) ? value.map(plain) : []);
const made = (told: Plain): string => [text(told.framework), text(told.version)].filter(Boolean).join(" ");

/** What the server tells of a model; what is missing or strange there is left out. */
export function factsOf(told: Plain): Facts {
  return {
    labels: list(told.labels).map((each) => ({
      framework: made(each),
      className: text(each.class),
      parameters: number(each.parameters),
    })),
    declared: told.declared ? fileOf(plain(told.declared)) : undefined,
    files: list(told.files).map(fileOf),
    dangers: Array.isArray(told.dangers) ? told.dangers.map(text) : [],
    problem: text(told.problem),
  };
}

function fileOf(told: Plain): FileFacts {
  return {
    path: text(told.path),
    format: text(told.format),
    framework: made(told),
    className: text(told.class),
    parameters: number(told.parameters),
    trainable: number(told.trainable),
    types: Object.entries(plain(told.dtypes)).map(([type, count]) => [type, number(count) ?? 0]),
    tensors: list(told.tensors).map(tensorOf),
    tensorCount: number(told.tensor_count) ?? 0,
    inputs: list(told.inputs).map(tensorOf),
    outputs: list(told.outputs).map(tensorOf),
    details: Object.entries(plain(told.details)).map(([name, value]) => [name, shown(value)]),
    imports: list(told.imports).map((each) => ({ name: text(each.name), trust: trustOf(each.trust) })),
    problem: text(told.problem),
  };
}

function tensorOf(told: Plain): Tensor {
  const { shape } = told;
  return {
    name: text(told.name),
    type: text(told.dtype),
    shape: Array.isArray(shape) ? `[${shape.map((length) => length ?? "?").join(", ")}]` : "",
  };
}

function trustOf(value: unknown): Import["trust"] {
  return value === "expected" || value === "dangerous" ? value : "unknown";
}

function shown(value: unknown): string {
  const told = typeof value === "string" ? value : JSON.stringify(value);
  return told.length > LONGEST ? `${told.slice(0, LONGEST)}…` : told;
}
