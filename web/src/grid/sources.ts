import { type QueryKey, useQueries, useQueryClient } from "@tanstack/react-query";
import { useCallback, useMemo, useState } from "react";
import type { RowSource } from "./types";

/** Rows that are all at hand. */
export function sourceOf<Row>(items: readonly Row[]): RowSource<Row> {
  return { total: items.length, at: (index) => items[index], want: () => {} };
}

/** Gets the `count` rows that begin at `first`; `signal` says that nobody waits any more. */
export type AskWindow<Row> = (first: number, count: number, signal: AbortSignal) => Promise<readonly Row[]>;

/** Rows that come from a server, `size` at a time, when they are wanted; `key` names the whole of them. */
export function useWindows<Row>(
  key: QueryKey,
  total: number,
  size: number,
  ask: AskWindow<Row>,
): RowSource<Row> {
  const asking = useQueryClient();
  const [[first, last], setWanted] = useState<readonly [number, number]>([0, 0]);
  const most = Math.ceil(total / size) - 1;
  const count = Math.max(0, Math.min(last, most) - first + 1);
  const windows = useQueries({
    queries: Array.from({ length: count }, (_, index) => ({
      queryKey: [...key, "window", size, first + index],
      queryFn: ({ signal }: { signal: AbortSignal }) =>
        ask((first + index) * size, Math.min(size, total - (first + index) * size), signal),
      staleTime: 60_000,
    })),
  });
  const want = useCallback(
    (from: number, to: number) => {
      const wanted = [Math.floor(from / size), Math.floor(to / size)] as const;
      setWanted((old) => (old[0] === wanted[0] && old[1] === wanted[1] ? old : wanted));
    },
    [size],
  );
  const error = windows.find((each) => each.error)?.error;
  const name = JSON.stringify(key);
  const came = windows.map(({ dataUpdatedAt }) => dataUpdatedAt).join();
  // biome-ignore lint/correctness/useExhaustiveDependencies: another source whenever rows have come
  return useMemo(() => {
    const at = (index: number): Row | undefined => {
      const rows = asking.getQueryData<readonly Row[]>([...key, "window", size, Math.floor(index / size)]);
      return rows?.[index % size];
    };
    return { total, at, want, ...(error ? { error } : {}) };
  }, [asking, name, total, size, came, error, want]);
}
