import { type QueryKey, queryOptions } from "@tanstack/react-query";
import { api, ok } from "../../api/client";
import type { components } from "../../api/schema";

/** Rows that are asked for at once. */
export const PAGE = 100;

type Body = components["schemas"]["Compared"];
type Answer = components["schemas"]["RowsSideBySide"];
export type Counts = NonNullable<Answer["counts"]>[number];

/** A row of all tables. */
export interface Compared {
  id: string | number;
  /** Of each table; null where it lacks the row. */
  values: readonly (Readonly<Record<string, unknown>> | null)[];
  /** Of each table the columns that are other than in the base. */
  different: readonly (readonly string[])[];
}

/** Which rows of which tables are compared. */
export interface Question {
  project: string;
  tables: readonly string[];
  /** What the rows differ in that are wanted; "*" for any output, empty for all rows. */
  by: string;
  /** What rows differ most in that come first; empty for the order of keys. */
  largest: string;
  outputs: readonly string[];
}

export interface Page extends Omit<Answer, "rows"> {
  rows: readonly Compared[];
}

export async function ask(
  { project, tables, by, largest, outputs }: Question,
  more: Partial<Body>,
  signal?: AbortSignal,
): Promise<Page> {
  // What was read is the same for all, and may be what cannot be told apart at a glance.
  const deciding = by && by !== "*" ? [by] : outputs;
  const found = await ok(
    api.POST("/api/v1/projects/{project}/tables/compare", {
      params: { path: { project } },
      body: {
        tables: [...tables],
        inputs: true,
        only_different: by !== "",
        counts: false,
        size: PAGE,
        cursor: "",
        ...(deciding.length > 0 && deciding.length <= 100 && { by: [...deciding] }),
        ...(largest && { largest }),
        ...more,
      },
      ...(signal && { signal }),
    }),
  );
  return found as unknown as Page;
}

export function keyOfQuestion({ project, tables, by, largest, outputs }: Question): QueryKey {
  return ["compared", project, tables, by, largest, outputs];
}

/** The first rows, how many there are, and how many differ. */
export const firstQuery = (question: Question) =>
  queryOptions({
    queryKey: [...keyOfQuestion(question), "first"],
    queryFn: ({ signal }) => ask(question, { offset: 0, counts: true }, signal),
    enabled: question.tables.length > 0,
    staleTime: 60_000,
  });

/** The number of a row among those that are wanted; null where it is not there, or not known. */
export const placeQuery = (question: Question, id: string | number) =>
  queryOptions({
    queryKey: [...keyOfQuestion(question), "place", id],
    queryFn: async ({ signal }) => (await ask(question, { offset: 0, size: 1, find: id }, signal)).place,
    staleTime: 60_000,
  });
