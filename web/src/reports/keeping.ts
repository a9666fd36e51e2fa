import { isMedia, isRecord, numberOf } from "../media/value";
import type { Answer } from "../panels/asks";

/** Bytes of one picture or sound, and of all of a panel, that a frozen panel keeps: a report is of 8 MiB at most. */
const ONE = 256 * 1024;
const ALL = 1024 * 1024;

/**
 * Answers as a frozen panel keeps them: with the bytes of their media, as far as these are few.
 *
 * What is larger keeps its address, which shows whatever lies there then, to whoever may look there.
 */
export async function kept(
  answers: Answer[],
  bytesAt: (address: string) => Promise<Uint8Array | undefined> = fetched,
): Promise<Answer[]> {
  let room = ALL;
  const keep = async (value: unknown): Promise<unknown> => {
    if (Array.isArray(value)) return inTurn(value, keep);
    if (!isRecord(value)) return value;
    const { url, ...rest } = value;
    if (typeof url !== "string" || !isMedia(value)) {
      const entries = await inTurn(Object.entries(value), async ([name, part]) => [name, await keep(part)]);
      return Object.fromEntries(entries as [string, unknown][]);
    }
    if (typeof rest.d === "string") return rest;
    const size = numberOf(rest.size) ?? Number.POSITIVE_INFINITY;
    if (size > Math.min(ONE, room)) return value;
    const bytes = await bytesAt(url);
    if (!bytes) return value;
    room -= size;
    return { ...rest, d: base64(bytes) };
  };
  return (await keep(answers)) as Answer[];
}

/** One after the other, so that what comes first has the room. */
async function inTurn<T, S>(items: readonly T[], act: (item: T) => Promise<S>): Promise<S[]> {
  const done: S[] = [];
  for (const item of items) done.push(await act(item));
  return done;
}

async function fetched(address: string): Promise<Uint8Array | undefined> {
  const answer = await fetch(address, { credentials: "same-origin" });
  return answer.ok ? new Uint8Array(await answer.arrayBuffer()) : undefined;
}

function base64(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}
