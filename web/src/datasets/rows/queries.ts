import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, ok } from "../../api/client";
import type { Version } from "../../artifacts/kinds";
import { type BigNumber, exactJson, parseExactly } from "../../media/exact";
import type { Filter } from "./filter";

export type Of = Pick<Version, "project" | "name" | "version">;
export type Key = string | number | BigNumber;

/** One row; `place` is its number among all rows of the version, from 0. */
export interface Row {
  key: Key;
  values: Record<string, unknown>;
  cut: string[];
  place: number;
}

interface Page {
  items: Omit<Row, "place">[];
  places: number[];
  looked_at: number;
  total: number;
}

const BASE = "/api/v1/projects/{project}/datasets/{name}/versions/{version}";
/** Rows that are asked for at once. */
export const WINDOW = 100;
// A version never changes, but the addresses of its media are good for a quarter of an hour.
const FRESH = { staleTime: 600_000 } as const;

const paths = ({ project, name, version }: Of) => ({ path: { project, name, version } });

export function rowsKey(of: Of, where: Filter | null): unknown[] {
  return ["dataset", of.project, of.name, of.version, "rows", exactJson(where, 0)];
}

/** Rows from a number on, among those that a filter wants; fewer only where there are no more. */
export async function askRows(
  of: Of,
  where: Filter | null,
  offset: number,
  size: number,
  { signal, columns }: { signal?: AbortSignal; columns?: string[] } = {},
): Promise<Row[]> {
  const rows: Row[] = [];
  while (rows.length < size) {
    const wanted = {
      where: where as Record<string, unknown> | null,
      columns: columns ?? null,
      offset: offset + rows.length,
      size: size - rows.length,
      cursor: "",
    };
    const page = await askPage(of, wanted, signal);
    rows.push(...page.items.map((row, place) => ({ ...row, place: page.places[place] ?? 0 })));
    // What is large comes in smaller pages, and what is long in looking through goes on.
    const more = page.items.length > 0 || (where !== null && page.looked_at < page.total);
    if (!more || offset + rows.length >= page.total) break;
  }
  return rows;
}

interface Wanted {
  where: Record<string, unknown> | null;
  columns?: string[] | null;
  offset: number;
  size: number;
  cursor: string;
}

async function askPage(of: Of, wanted: Wanted, signal: AbortSignal | undefined): Promise<Page> {
  const text = await ok(
    api.POST(`${BASE}/rows/query`, {
      params: paths(of),
      body: wanted,
      // Integers of 64 bits go and come as they are.
      bodySerializer: (body: unknown) => exactJson(body, 0),
      parseAs: "text",
      ...(signal && { signal }),
    }),
  );
  return parseExactly(text as unknown as string) as Page;
}

/** How many rows a filter wants; goes on counting until all have been looked at. */
export const countQuery = (of: Of, where: Filter | null) =>
  queryOptions({
    queryKey: [...rowsKey(of, where), "count"],
    queryFn: ({ signal }) =>
      ok(
        api.POST(`${BASE}/rows/count`, {
          params: paths(of),
          body: { where: where as Record<string, unknown> | null },
          bodySerializer: (body: unknown) => exactJson(body, 0),
          signal,
        }),
      ),
    staleTime: ({ state: { data } }) => (data && data.looked_at < data.total ? 0 : Number.POSITIVE_INFINITY),
    refetchInterval: ({ state: { data } }) => (data && data.looked_at < data.total ? 20 : false),
    placeholderData: keepPreviousData,
  });

/** Where a key lies among the rows that a filter wants. */
export async function askPlace(
  of: Of,
  where: Filter | null,
  key: string,
  signal: AbortSignal,
): Promise<{ place: number; found: boolean }> {
  for (;;) {
    const place = await ok(
      api.POST(`${BASE}/rows/place`, {
        params: paths(of),
        body: { key, where: where as Record<string, unknown> | null },
        bodySerializer: (body: unknown) => exactJson(body, 0),
        signal,
      }),
    );
    if (place.done) return place;
  }
}

/** One row with its texts whole. */
export const rowQuery = (of: Of, key: string) =>
  queryOptions({
    ...FRESH,
    queryKey: ["dataset", of.project, of.name, of.version, "row", key],
    queryFn: async ({ signal }) => {
      const { path } = paths(of);
      const asked = api.GET(`${BASE}/rows/one`, {
        params: { path, query: { key } },
        parseAs: "text",
        signal,
      });
      return parseExactly((await ok(asked)) as unknown as string) as Omit<Row, "place">;
    },
  });

/** Number of a row, and the keys of those before and behind it, among the rows that a filter wants. */
export const neighboursQuery = (of: Of, where: Filter | null, key: string) =>
  queryOptions({
    ...FRESH,
    queryKey: [...rowsKey(of, where), "neighbours", key],
    queryFn: async ({ signal }) => {
      const { place, found } = await askPlace(of, where, key, signal);
      const first = Math.max(0, place - 1);
      const rows = await askRows(of, where, first, place - first + (found ? 2 : 1), { columns: [] });
      const behind = rows[place - first + (found ? 1 : 0)];
      return {
        number: found ? place : null,
        before: place > 0 && rows[0] ? keyText(rows[0].key) : null,
        behind: behind ? keyText(behind.key) : null,
      };
    },
    placeholderData: keepPreviousData,
  });

/** A key as addresses have it: a number as it is, a text in quotes. */
export function keyText(key: Key): string {
  return exactJson(key, 0);
}

/** A key as people read it. */
export function keyShown(key: Key): string {
  return typeof key === "string" ? key : keyText(key);
}
