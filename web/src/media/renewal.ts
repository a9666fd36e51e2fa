import { api, ok } from "../api/client";
import { gathering } from "../api/gathering";

const RENEWABLE = /^\/api\/v1\/media\//;
const SIGNED = /^\/api\/v1\/(?:media\/|shared\/reports\/[\w-]+\/media\?cell=)[^.]+\.([\w-]+)/;

const together = gathering(
  async (urls) => (await ok(api.POST("/api/v1/media/renew", { body: { urls } }))).urls,
  200,
);

/** A good address for media whose address has ended; undefined where there is none any more. */
export async function renewed(url: string): Promise<string | undefined> {
  if (!RENEWABLE.test(url)) return undefined;
  try {
    return (await together(url)) ?? undefined;
  } catch {
    return undefined;
  }
}

/** What an address means, the same for all addresses of it: they differ in how long they are good. */
export function meantBy(url: string): string {
  const [, body] = SIGNED.exec(url) ?? [];
  if (!body) return url;
  try {
    const text = atob(body.replaceAll("-", "+").replaceAll("_", "/"));
    return /^\[\d+,\d+,(.*)\]$/s.exec(text)?.[1] ?? url;
  } catch {
    return url;
  }
}
