import { queryOptions } from "@tanstack/react-query";
import { api, ok } from "../../api/client";
import { gathering } from "../../api/gathering";
import type { Key } from "../../datasets/rows/queries";
import { exactJson, parseExactly } from "../../media/exact";
import type { Origin, Version } from "./origins";

const BASE = "/api/v1/projects/{project}/datasets/{name}/versions/{version}";
/** Rows that are asked for at once; a key that may be two things is asked for twice. */
const MOST = 100;

/** What a dataset has under a key. */
export interface Given {
  key: Key;
  values: Readonly<Record<string, unknown>>;
  /** Columns of which only the beginning is here. */
  cut: readonly string[];
}

interface Answer {
  items: Given[];
  left: unknown[];
}

type Ask = (keys: string) => Promise<Given | null>;
const asking = new Map<string, Ask>();

/** Asks for rows of a version, those that come on the screen together with one question. */
function askOf(of: Version): Ask {
  const known = asking.get(of.path);
  if (known) return known;
  const made = gathering((names) => rowsOf(of, names), MOST);
  asking.set(of.path, made);
  return made;
}

async function rowsOf({ project, name, version }: Version, names: string[]): Promise<(Given | null)[]> {
  const wanted = names.map((each) => parseExactly(each) as unknown[]);
  const found = new Map<string, Given>();
  for (let keys = wanted.flat(); keys.length > 0; ) {
    const asked = api.POST(`${BASE}/rows/keys`, {
      params: { path: { project, name, version } },
      body: { keys: keys as (number | string)[] },
      bodySerializer: (body: unknown) => exactJson(body, 0),
      parseAs: "text",
    });
    const { items, left } = parseExactly((await ok(asked)) as unknown as string) as Answer;
    for (const row of items) found.set(exactJson(row.key, 0), row);
    keys = left;
  }
  return wanted.map((keys) => keys.map((key) => found.get(exactJson(key, 0))).find(Boolean) ?? null);
}

/** The row of a dataset that a row of results was made of; null where it has none of that key. */
export const givenQuery = ({ of, keys }: Pick<Origin, "of" | "keys">) =>
  queryOptions({
    queryKey: ["dataset", of.project, of.name, of.version, "given", ...keys],
    queryFn: () => askOf(of)(exactJson(keys, 0)),
    // A version never changes; addresses of media that have ended are renewed where they are shown.
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });
