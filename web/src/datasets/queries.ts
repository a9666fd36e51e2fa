import { queryOptions } from "@tanstack/react-query";
import { api, ok } from "../api/client";
import { type Listed, list } from "../api/lists";
import type { components } from "../api/schema";
import type { Version } from "../artifacts/kinds";
import { keyOf } from "../artifacts/queries";
import { parseExactly } from "../media/exact";
import type { Key, Row } from "./rows/queries";

export type Column = components["schemas"]["DatasetColumn"];
type Told = components["schemas"]["RowDifference"];
export type DifferenceKind = Told["kind"];
/** A row that differs, its key and integers whole. */
export type Difference = Omit<Told, "key" | "before" | "after"> &
  Record<"before" | "after", Omit<Row, "place"> | null> & { key: Key };
type Found = Omit<components["schemas"]["Differences"], "examples"> & { examples: Difference[] };

type Place = Pick<Version, "project" | "name" | "version">;

const pathOf = ({ project, name, version }: Place) => ({ path: { project, name, version } });
const BASE = "/api/v1/projects/{project}/datasets/{name}/versions/{version}";
// A version never changes.
const FOREVER = { staleTime: Number.POSITIVE_INFINITY } as const;

export const summaryQuery = (of: Place) =>
  queryOptions({
    ...FOREVER,
    queryKey: [...keyOf("dataset", of.project), "summary", of.name, of.version],
    queryFn: () => ok(api.GET(`${BASE}/summary`, { params: pathOf(of) })),
  });

const COLUMNS = 60;

export const statisticsQuery = (of: Place) => ({
  ...FOREVER,
  ...list(
    [...keyOf("dataset", of.project), "statistics", of.name, of.version],
    (cursor) =>
      ok(
        api.GET(`${BASE}/statistics`, {
          params: { ...pathOf(of), query: { cursor, size: COLUMNS } },
        }),
      ) as Promise<Listed<Column>>,
  ),
});

/** Rows that differ on one page. */
export const DIFFERENCES = 20;

export const differenceQuery = (of: Place, other: string, only: DifferenceKind | undefined, page: number) =>
  queryOptions({
    // The addresses of its media are good for a quarter of an hour.
    staleTime: 600_000,
    queryKey: [...keyOf("dataset", of.project), "difference", of.name, of.version, other, only, page],
    queryFn: async (): Promise<Found> => {
      const asked = api.GET(`${BASE}/diff`, {
        params: {
          ...pathOf(of),
          query: {
            with: other,
            examples: DIFFERENCES,
            skip: page * DIFFERENCES,
            ...(only && { only }),
          },
        },
        // Integers of 64 bits come as they are.
        parseAs: "text",
      });
      return parseExactly((await ok(asked)) as unknown as string) as Found;
    },
  });
