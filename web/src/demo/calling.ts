import { Fault, faultOf } from "../api/fault";
import { objectOf, textOf } from "../jobs/plan";

/** A model that is tried out. */
export interface Model {
  job: string;
  name: string;
  base: string;
}

/** Where a service of a job is reached through the server. */
export const baseOf = (project: string, job: string, port: number): string =>
  `/api/v1/projects/${encodeURIComponent(project)}/jobs/${encodeURIComponent(job)}/services/${port}/`;

/** Gets a result: all of it, or one of its pieces. */
export type Take = (value: unknown, whole: boolean) => void;

/**
 * Calls a function of a service.
 *
 * @throws {Fault} the function or the server refused, or there was no answer.
 */
export async function call(address: string, values: unknown, take: Take, signal: AbortSignal): Promise<void> {
  const response = await asked(address, values, signal);
  const type = response.headers.get("Content-Type") ?? "";
  if (!response.ok) throw faultOf(response, await response.json().catch(() => undefined));
  if (!response.body || !type.startsWith("text/event-stream")) {
    take(type.startsWith("application/json") ? await response.json() : await response.text(), true);
    return;
  }
  for await (const { event, data } of events(response.body)) {
    if (event === "error") throw faultOf({ status: 500, statusText: "" }, data);
    if (event === "message") take(data, false);
  }
}

async function asked(address: string, values: unknown, signal: AbortSignal): Promise<Response> {
  try {
    return await fetch(address, {
      method: "POST",
      credentials: "same-origin",
      headers: { "Content-Type": "application/json", Accept: "application/json, text/event-stream" },
      body: JSON.stringify(values),
      signal,
    });
  } catch (error) {
    if (signal.aborted) throw error;
    throw new Fault({ status: 0, code: "unreachable", detail: "", hint: "" });
  }
}

interface Sent {
  event: string;
  data: unknown;
}

/** Server-sent events, as they come. */
export async function* events(body: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<Sent> {
  let rest = "";
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      const blocks = (rest + value).split("\n\n");
      rest = blocks.pop() ?? "";
      for (const block of blocks) {
        const sent = sentOf(block);
        if (sent) yield sent;
      }
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

function sentOf(block: string): Sent | null {
  const lines = block.split("\n");
  const field = (name: string): string[] =>
    lines
      .filter((line) => line.startsWith(`${name}:`))
      .map((line) => line.slice(name.length + 1).trimStart());
  const data = field("data");
  if (data.length === 0) return null;
  return { event: field("event")[0] ?? "message", data: JSON.parse(data.join("\n")) as unknown };
}

/** What a chat has said: text, a message, or the history with the answer last. */
export function answerOf(value: unknown): string {
  if (typeof value === "string") return value;
  if (Array.isArray(value))
    return answerOf(value.findLast((each) => typeof each === "string" || objectOf(each).bot === true) ?? "");
  const content = objectOf(value).content;
  return typeof content === "string" ? textOf(content) : JSON.stringify(value);
}
