import createClient, { type Middleware } from "openapi-fetch";
import { Fault, faultOf } from "./fault";
import type { paths } from "./schema";

const unreachable: Middleware = {
  onError: () => new Fault({ status: 0, code: "unreachable", detail: "", hint: "" }),
};

/** Asks the server that this page came from, as whoever its cookie says. */
export const api = createClient<paths>({ credentials: "same-origin" });
api.use(unreachable);

interface Answer<Data> {
  data?: Data | undefined;
  error?: unknown;
  response: Response;
}

/**
 * What an answer holds.
 *
 * @throws {Fault} the server refused, or there was no answer.
 */
export async function ok<Data>(asked: Promise<Answer<Data>>): Promise<Data> {
  const { data, error, response } = await asked;
  if (!response.ok) throw faultOf(response, error);
  return data as Data;
}

/** The same, with the revision of what was read; whoever changes it names the one he has seen. */
export async function revised<Data>(asked: Promise<Answer<Data>>): Promise<{ value: Data; etag: string }> {
  const answer = await asked;
  return { value: await ok(Promise.resolve(answer)), etag: answer.response.headers.get("ETag") ?? "*" };
}
