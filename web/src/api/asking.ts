import { MutationCache, QueryCache, QueryClient } from "@tanstack/react-query";
import { problemOf } from "./fault";

const TRIES = 2;

/** Whether asking again may help: no answer, or one that says "not now". */
export function isPassing(error: unknown): boolean {
  const { status } = problemOf(error);
  return status === 0 || status === 502 || status === 503 || status === 504;
}

/** A session that has ended shows at once, whichever request meets it. */
export function notice(asking: QueryClient, error: unknown): void {
  if (problemOf(error).status === 401) void asking.invalidateQueries({ queryKey: ["me"] });
}

/** Remembers answers for a moment. */
export function createAsking(): QueryClient {
  const noticed = (error: unknown): void => notice(asking, error);
  const asking: QueryClient = new QueryClient({
    queryCache: new QueryCache({ onError: noticed }),
    mutationCache: new MutationCache({ onError: noticed }),
    defaultOptions: {
      queries: {
        staleTime: 10_000,
        networkMode: "always",
        retry: (failures, error) => failures < TRIES && isPassing(error),
      },
      mutations: { networkMode: "always" },
    },
  });
  return asking;
}
