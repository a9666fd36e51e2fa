import type { Input } from "./spec";

/** What was typed into a form: texts as they stand, files as they were chosen. */
export type Typed = Record<string, string | number | boolean | string[] | File[] | null | undefined>;

/** What a form holds before anybody has typed. */
export function usualOf(inputs: Input[]): Typed {
  return Object.fromEntries(inputs.map((input) => [input.name, begin(input)]));
}

function begin({ control, usual, choices }: Input): Typed[string] {
  switch (control) {
    case "file":
    case "files":
      return [];
    case "choice":
      return usual === undefined ? undefined : String(choices.indexOf(usual));
    case "choices":
      return Array.isArray(usual) ? usual.map((each) => String(choices.indexOf(each))) : [];
    case "yes":
      return usual === true;
    case "json":
      return usual === undefined ? "" : JSON.stringify(usual);
    default:
      return typeof usual === "number" || typeof usual === "string" ? usual : undefined;
  }
}

/** What is wrong with what was typed, by input. */
export type Faults = Record<string, "needed" | "json">;

export function faultsOf(inputs: Input[], typed: Typed): Faults {
  const faults: Faults = {};
  for (const input of inputs) {
    const value = typed[input.name];
    const empty =
      value === undefined || value === null || value === "" || (Array.isArray(value) && value.length === 0);
    // An empty text may be just what is meant.
    if (empty && input.required && input.control !== "text") faults[input.name] = "needed";
    else if (!empty && input.control === "json" && !isJson(value as string)) faults[input.name] = "json";
  }
  return faults;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** The arguments that were typed, as JSON; what is empty is left out, files are Base64. */
export async function argumentsOf(inputs: Input[], typed: Typed): Promise<Record<string, unknown>> {
  const found: Record<string, unknown> = {};
  for (const input of inputs) {
    const value = await argumentOf(input, typed[input.name]);
    if (value !== undefined) found[input.name] = value;
  }
  return found;
}

async function argumentOf(input: Input, value: Typed[string]): Promise<unknown> {
  if (value === null || value === undefined || value === "") return blankOf(input);
  switch (input.control) {
    case "file":
      return (await Promise.all((value as File[]).map(uploaded)))[0];
    case "files": {
      const files = await Promise.all((value as File[]).map(uploaded));
      return files.length > 0 ? files : undefined;
    }
    case "choice":
      return input.choices[Number(value)];
    case "choices":
      return (value as string[]).map((each) => input.choices[Number(each)]);
    case "json":
      return JSON.parse(value as string) as unknown;
    default:
      return value;
  }
}

/** An empty text may be just what is meant; all else that is empty is not said. */
const blankOf = ({ control, required }: Input): string | undefined =>
  control === "text" && required ? "" : undefined;

/** A file as services of ours take it. */
export interface Upload {
  data: string;
  mime_type: string;
  display_name: string;
}

async function uploaded(file: File): Promise<Upload> {
  return {
    data: base64Of(new Uint8Array(await file.arrayBuffer())),
    mime_type: file.type,
    display_name: file.name,
  };
}

const PIECE = 0x8000;

export function base64Of(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += PIECE)
    text += String.fromCharCode(...bytes.subarray(at, at + PIECE));
  return btoa(text);
}

export function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
}
