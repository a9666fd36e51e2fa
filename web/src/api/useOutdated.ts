import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useSyncExternalStore } from "react";
import { problemOf } from "./fault";

/**
 * Why something that is shown could not be looked up again; undefined where all is as the server said last.
 *
 * What could not be looked up for the first time is told of in its own place, and a session that has ended is asked for
 * anew.
 */
export function useOutdated(): unknown {
  const cache = useQueryClient().getQueryCache();
  const listen = useCallback(
    (changed: () => void) =>
      cache.subscribe((event) => {
        // Whoever scrolls through a million rows asks often: only ends are looked at.
        const ended = event.type === "updated" && ["error", "success"].includes(event.action.type);
        if (ended || event.type === "observerRemoved") changed();
      }),
    [cache],
  );
  return useSyncExternalStore(
    listen,
    () =>
      cache.find({
        type: "active",
        exact: false,
        queryKey: [],
        predicate: ({ state: { data, error, fetchMeta } }) =>
          error !== null &&
          data !== undefined &&
          // That there is no further page is told where that was asked for.
          !fetchMeta?.fetchMore &&
          problemOf(error).status !== 401,
      })?.state.error,
  );
}
