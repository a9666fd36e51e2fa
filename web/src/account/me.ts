import { type QueryClient, type QueryFilters, queryOptions, useSuspenseQuery } from "@tanstack/react-query";
import { api, ok } from "../api/client";
import { problemOf } from "../api/fault";
import type { components } from "../api/schema";
import { isBegun } from "../ui/unsaved";
import { invited } from "./invited";

/** So long may a page's address be for a server to lead to it. */
const LONGEST = 2000;

export type User = components["schemas"]["User"];

/** Whoever is signed in; null for nobody. */
export const meQuery = queryOptions({
  queryKey: ["me"],
  staleTime: 60_000,
  queryFn: async (): Promise<User | null> => {
    try {
      return await ok(api.GET("/api/v1/me"));
    } catch (error) {
      if (problemOf(error).status === 401) return null;
      throw error;
    }
  },
});

export function useMe(): User | null {
  return useSuspenseQuery(meQuery).data;
}

/** Begin a session. Nothing that somebody else was shown in this tab is kept. */
export async function signIn(asking: QueryClient, body: { name: string; password: string }): Promise<void> {
  const me = await ok(api.POST("/api/v1/login", { body }));
  become(asking, me);
}

export async function signOut(asking: QueryClient): Promise<void> {
  await ok(api.POST("/api/v1/logout"));
  invited.write("");
  become(asking, null);
}

/** Somebody else sits before the page now; nothing that another was shown is kept. */
export function become(asking: QueryClient, me: User | null): void {
  asking.setQueryData(meQuery.queryKey, me);
  asking.removeQueries(SHOWN);
}

/** Everything but who somebody is. */
const SHOWN: QueryFilters = { predicate: ({ queryKey }) => queryKey[0] !== "me" };

/**
 * Drops what another was shown once somebody else is signed in, which a tab learns of when it looks again. A page on
 * which somebody writes stays as it is: what he has written is still his.
 */
export function forgetOthers(asking: QueryClient): void {
  let last = "";
  asking.getQueryCache().subscribe(({ type, query }) => {
    if (type !== "updated" || query.queryKey[0] !== "me") return;
    const name = asking.getQueryData(meQuery.queryKey)?.name;
    if (!name || name === last) return;
    if (last) asking.removeQueries({ ...SHOWN, type: "inactive" });
    if (last && !isBegun()) void asking.resetQueries(SHOWN);
    last = name;
  });
}

/** Where to go after signing in: a page of ours, whatever a link says. */
export function safeNext(next: string | null): string {
  // Browsers take a backslash for a slash, and leave out what ends lines before they look.
  return next && /^\/(?!\/)[^\\\p{Cc}]*$/u.test(next) && !next.startsWith("/login") ? next : "/projects";
}

/** The way in by another provider, and on to a page of ours. */
export function elsewhere(next: string): string {
  const { pathname, search } = new URL(next, "https://ours.invalid");
  const after = pathname + search;
  return `/api/v1/oidc/login?${new URLSearchParams({ after: after.length > LONGEST ? "home" : after })}`;
}
