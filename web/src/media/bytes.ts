import { queryOptions } from "@tanstack/react-query";
import { Fault } from "../api/fault";
import { meantBy, renewed } from "./renewal";

/** The first `most` bytes behind an address; for good, since what it means never changes. */
export function bytesQuery(url: string, most: number) {
  return queryOptions({
    queryKey: ["media", meantBy(url), most],
    queryFn: ({ signal }) => read(url, most, signal),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 60_000,
    retry: false,
  });
}

async function read(url: string, most: number, signal: AbortSignal): Promise<ArrayBuffer> {
  if (url.startsWith("data:")) return inline(url).slice(0, most);
  let answer = await ask(url, most, signal);
  if (answer.status === 401 || answer.status === 403) {
    const good = await renewed(url);
    if (good) answer = await ask(good, most, signal);
  }
  // Nothing at all lies there, so there is no part of it.
  if (answer.status === 416) return new ArrayBuffer(0);
  if (!answer.ok)
    throw new Fault({ status: answer.status, code: "media", detail: answer.statusText, hint: "" });
  const bytes = await answer.arrayBuffer();
  return bytes.slice(0, most);
}

function ask(url: string, most: number, signal: AbortSignal): Promise<Response> {
  return fetch(url, { headers: { Range: `bytes=0-${most - 1}` }, signal, credentials: "same-origin" });
}

function inline(url: string): ArrayBuffer {
  const text = atob(url.slice(url.indexOf(",") + 1));
  return Uint8Array.from(text, (each) => each.charCodeAt(0)).buffer;
}

/** Bytes as a text; those that are none of the encoding are shown as �. */
export function decoded(bytes: ArrayBuffer, encoding: string): string {
  try {
    return new TextDecoder(encoding || "utf-8").decode(bytes);
  } catch {
    return new TextDecoder().decode(bytes);
  }
}
