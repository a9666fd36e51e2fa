import { listOf, numberOf, objectOf, textOf, textsOf } from "../jobs/plan";

/** One input of a function that a model serves. */
export interface Input {
  name: string;
  title: string;
  description: string;
  required: boolean;
  control: "text" | "integer" | "number" | "yes" | "choice" | "choices" | "file" | "files" | "json";
  /** What a file holds: image, audio, video, or anything. */
  media: string;
  choices: unknown[];
  usual: unknown;
  least: number | undefined;
  most: number | undefined;
  step: number | undefined;
  /** Whether it is for nobody else to read. */
  secret: boolean;
}

/** A function that a model serves, as its service describes it. */
export interface Served {
  name: string;
  /** Below the address of the service. */
  path: string;
  description: string;
  inputs: Input[];
  chats: boolean;
}

export interface Service {
  title: string;
  functions: Served[];
}

type Schema = Record<string, unknown>;

const CHAT = "llm_chat";
/** What a service calls itself to which nobody has given a title. */
const UNTITLED = "Starwhale Model Serving";
/** Inputs that a chat fills by itself. */
const OF_CHAT = ["user_input", "history"];

/** Reads the description (OpenAPI) that a service of ours gives of itself. */
export function serviceOf(document: unknown): Service {
  const found = objectOf(document);
  const functions = Object.entries(objectOf(found.paths)).flatMap(([path, methods]) => {
    const operation = objectOf(objectOf(methods).post);
    return path.startsWith("/api/") && operation.requestBody ? [servedOf(path, operation, found)] : [];
  });
  const title = textOf(objectOf(found.info).title);
  return { title: title === UNTITLED ? "" : title, functions };
}

function servedOf(path: string, operation: Schema, document: Schema): Served {
  const json = objectOf(objectOf(objectOf(operation.requestBody).content)["application/json"]);
  const schema = resolved(json.schema, document);
  const required = textsOf(schema.required);
  const chats = textOf(objectOf(operation["x-starwhale"]).inference_type) === CHAT;
  const inputs = Object.entries(objectOf(schema.properties))
    .filter(([name]) => !chats || !OF_CHAT.includes(name))
    .map(([name, given]) => inputOf(name, resolved(given, document), document, required.includes(name)));
  return {
    name: path.slice("/api/".length),
    path: path.slice(1),
    description: textOf(operation.description),
    inputs,
    chats,
  };
}

/** A schema with what it refers to in its place; of a value that may be missing, that of the value. */
function resolved(given: unknown, document: Schema, depth = 0): Schema {
  const schema = objectOf(given);
  if (depth > 8) return schema;
  const reference = textOf(schema.$ref);
  if (reference) {
    const named = objectOf(objectOf(document.components).schemas)[reference.split("/").pop() ?? ""];
    return { ...resolved(named, document, depth + 1), ...schema, $ref: undefined };
  }
  const real = listOf(schema.anyOf).filter((each) => objectOf(each).type !== "null");
  if (real.length === 1) return { ...resolved(real[0], document, depth + 1), ...schema, anyOf: undefined };
  return schema;
}

function inputOf(name: string, schema: Schema, document: Schema, required: boolean): Input {
  const items = resolved(schema.items, document);
  const control = controlOf(schema, items);
  const plain = textOf(schema.title).toLowerCase() === name.replaceAll("_", " ").toLowerCase();
  return {
    name,
    title: plain ? name : textOf(schema.title) || name,
    description: textOf(schema.description),
    required,
    control,
    media: textOf(schema["x-media"]) || textOf(items["x-media"]),
    choices: listOf(control === "choices" ? items.enum : schema.enum),
    usual: schema.default,
    least: boundOf(schema.minimum),
    most: boundOf(schema.maximum),
    step: boundOf(schema["x-step"]),
    secret: control === "text" && isSecret(name, schema),
  };
}

const SECRET = /(^|_)(password|passphrase|secret|token|credentials?|api_?key)$/i;

const isSecret = (name: string, { format, writeOnly }: Schema): boolean =>
  format === "password" || writeOnly === true || SECRET.test(name);

function controlOf(schema: Schema, items: Schema): Input["control"] {
  if (schema["x-media"] && schema.format === "binary") return "file";
  if (schema.type === "array" && items["x-media"]) return "files";
  if (Array.isArray(schema.enum)) return "choice";
  if (schema.type === "array" && Array.isArray(items.enum)) return "choices";
  if (schema.type === "boolean") return "yes";
  if (schema.type === "integer" || schema.type === "number") return schema.type;
  return schema.type === "string" ? "text" : "json";
}

const boundOf = (value: unknown): number | undefined =>
  typeof value === "number" ? numberOf(value) : undefined;
