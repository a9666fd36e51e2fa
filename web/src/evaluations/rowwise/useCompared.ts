import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useCallback, useMemo } from "react";
import { type RowSource, useWindows } from "../../grid";
import {
  ask,
  type Compared,
  type Counts,
  firstQuery,
  keyOfQuestion,
  PAGE,
  type Page,
  type Question,
} from "./asking";

/** Rows that are asked for before they are seen. */
const AHEAD = 30;
const NONE: readonly Compared[] = [];

export interface Rows {
  source: RowSource<Compared>;
  counts: readonly Counts[] | null;
  /** How many there are; so far, while more come. */
  loaded: number;
  complete: boolean;
  /** Whether any of them can be gone to by its number. */
  numbered: boolean;
}

/** Rows side by side: those on the screen where they are numbered, else one after the other as they are scrolled to. */
export function useCompared(question: Question): Rows {
  const first = useQuery(firstQuery(question));
  const total = first.data?.total ?? null;
  const numbered = useNumbered(question, first.data);
  const walked = useWalked(question, first.data);
  const { error, isPending } = first;
  return useMemo(() => {
    const counts = first.data?.counts ?? null;
    if (isPending || error)
      return {
        source: { total: error ? 0 : AHEAD, at: () => undefined, want: () => {}, ...(error && { error }) },
        counts,
        loaded: 0,
        complete: Boolean(error),
        numbered: false,
      };
    if (total === null) return { ...walked, counts, numbered: false };
    return { source: numbered, counts, loaded: total, complete: true, numbered: true };
  }, [first.data, error, isPending, total, numbered, walked]);
}

function useNumbered(question: Question, first: Page | undefined): RowSource<Compared> {
  const key = keyOfQuestion(question);
  const name = JSON.stringify(key);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the question is what its name says
  const window = useCallback(
    async (from: number, size: number, signal: AbortSignal) =>
      from === 0 && first ? first.rows : (await ask(question, { offset: from, size }, signal)).rows,
    [name, first],
  );
  return useWindows<Compared>(key, first?.total ?? 0, PAGE, window);
}

function useWalked(
  question: Question,
  first: Page | undefined,
): Pick<Rows, "source" | "loaded" | "complete"> {
  const { data, error, hasNextPage, isFetchingNextPage, fetchNextPage } = useInfiniteQuery({
    queryKey: [...keyOfQuestion(question), "walked"],
    initialPageParam: first?.next ?? "",
    queryFn: ({ pageParam: cursor, signal }) => ask(question, { cursor }, signal),
    getNextPageParam: ({ next }) => next,
    enabled: first?.total === null && first.next !== null,
  });
  return useMemo(() => {
    const rows = [...(first?.rows ?? NONE), ...(data?.pages ?? []).flatMap((page) => page.rows)];
    const more = first?.next != null && (!data || hasNextPage);
    const source: RowSource<Compared> = {
      total: rows.length + (more ? AHEAD : 0),
      at: (index) => rows[index],
      want: (_, last) => {
        if (last >= rows.length - AHEAD && hasNextPage && !isFetchingNextPage && !error) void fetchNextPage();
      },
      ...(error ? { error } : {}),
    };
    return { source, loaded: rows.length, complete: !more };
  }, [first, data, error, hasNextPage, isFetchingNextPage, fetchNextPage]);
}
