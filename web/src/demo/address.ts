import type { Input } from "./spec";
import { type Typed, usualOf } from "./values";

const BEGINNING = "in.";
/** Letters of a value, and of all of them as an address spells them, that an address has room for. */
const LONGEST = 1000;
const ROOM = 4000;

/** What an address says was typed, over what a form begins with. */
export function typedIn(parameters: URLSearchParams, inputs: Input[]): Typed {
  const typed = usualOf(inputs);
  for (const input of inputs) {
    const name = BEGINNING + input.name;
    if (!isTold(input) || !parameters.has(name)) continue;
    const value = read(input, parameters.getAll(name));
    if (value !== undefined) typed[input.name] = value;
  }
  return typed;
}

/** Has an address say what was typed, as far as it is small and no secret; other parts of it stay. */
export function sayTyped(parameters: URLSearchParams, inputs: Input[], typed: Typed): URLSearchParams {
  const next = withoutTyped(parameters);
  const usual = usualOf(inputs);
  let room = ROOM;
  for (const input of inputs.filter(isTold)) {
    const texts = written(input, typed[input.name]);
    if (String(texts) === String(written(input, usual[input.name]))) continue;
    const size = String(new URLSearchParams(texts.map((text) => [BEGINNING + input.name, text]))).length;
    if (texts.some(({ length }) => length > LONGEST) || size > room) continue;
    room -= size;
    for (const text of texts) next.append(BEGINNING + input.name, text);
  }
  return next;
}

/** An address that says nothing of what was typed. */
export function withoutTyped(parameters: URLSearchParams): URLSearchParams {
  return new URLSearchParams([...parameters].filter(([name]) => !name.startsWith(BEGINNING)));
}

const isTold = ({ control, secret }: Input): boolean => control !== "file" && control !== "files" && !secret;

const choiceText = (choice: unknown): string =>
  typeof choice === "string" ? choice : (JSON.stringify(choice) ?? "");

function written({ control, choices }: Input, value: Typed[string]): string[] {
  const nameOf = (place: unknown): string => choiceText(choices[Number(place)]);
  if (control === "choices") {
    const chosen = Array.isArray(value) ? value.map(nameOf) : [];
    return chosen.length > 0 ? chosen : [""];
  }
  if (control === "choice") return [typeof value === "string" ? nameOf(value) : ""];
  return [value === undefined || value === null ? "" : String(value)];
}

/** The other way round; undefined for what the input cannot be. */
function read({ control, choices }: Input, texts: string[]): Typed[string] {
  const [text = ""] = texts;
  const placeOf = (name: string): number => choices.findIndex((each) => choiceText(each) === name);
  switch (control) {
    case "choices":
      return texts
        .map(placeOf)
        .filter((place) => place >= 0)
        .map(String);
    case "choice":
      return placeOf(text) < 0 ? undefined : String(placeOf(text));
    case "yes":
      return text === "true";
    case "integer":
    case "number":
      if (text === "") return null;
      return Number.isFinite(Number(text)) ? Number(text) : undefined;
    default:
      return text;
  }
}
