import { useInfiniteQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { api, ok } from "../../api/client";
import type { components } from "../../api/schema";
import type { RowSource } from "../../grid";

const PAGE = 100;
/** Rows that are asked for before they are seen. */
const AHEAD = 30;

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

/** Rows side by side, as they are scrolled to. */
export function useCompared(
  project: string,
  tables: readonly string[],
  by: string,
): {
  source: RowSource<Compared>;
  counts: readonly Counts[] | null;
  loaded: number;
  complete: boolean;
} {
  const found = useInfiniteQuery({
    queryKey: ["compared", project, tables, by],
    initialPageParam: "",
    queryFn: ({ pageParam: cursor, signal }): Promise<Answer> =>
      ok(
        api.POST("/api/v1/projects/{project}/tables/compare", {
          params: { path: { project } },
          body: {
            tables: [...tables],
            inputs: true,
            only_different: by !== "",
            ...(by && by !== "*" && { by: [by] }),
            counts: cursor === "",
            size: PAGE,
            cursor,
          },
          signal,
        }),
      ),
    getNextPageParam: ({ next }) => next,
    enabled: tables.length > 1,
  });
  const { data, error, hasNextPage, isFetchingNextPage, isPending, fetchNextPage } = found;
  return useMemo(() => {
    const rows = (data?.pages ?? []).flatMap((page) => page.rows as unknown as Compared[]);
    const more = hasNextPage || isPending;
    const source: RowSource<Compared> = {
      total: rows.length + (more ? AHEAD : 0),
      at: (index) => rows[index],
      want: (_, last) => {
        if (last >= rows.length - AHEAD && hasNextPage && !isFetchingNextPage && !error) void fetchNextPage();
      },
      ...(error ? { error } : {}),
    };
    return { source, counts: data?.pages[0]?.counts ?? null, loaded: rows.length, complete: !more };
  }, [data, error, hasNextPage, isFetchingNextPage, isPending, fetchNextPage]);
}
