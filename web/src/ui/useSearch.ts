import { useCallback } from "react";
import { useLocation, useSearchParams } from "react-router";

/** What the address says now: a page that is still to be drawn may know an older one. */
export const said = (): URLSearchParams => new URLSearchParams(window.location.search);

/** Has the address say what is made of what it says now; `push` where the way back leads to what it said before. */
type Change = (next: (now: URLSearchParams) => URLSearchParams, how?: { push?: boolean }) => void;

/**
 * The address of the page behind its question mark, and how to change it.
 *
 * Pages are drawn at leisure, so that what one has drawn may be older than the address: each change is made of the
 * newest, and two of them at once both hold. Nothing is changed by a page that is being left for another.
 */
export function useAddress(): [URLSearchParams, Change] {
  const [parameters, setParameters] = useSearchParams();
  const { pathname } = useLocation();
  const change = useCallback<Change>(
    (next, { push = false } = {}) => {
      const { location } = window;
      if (new URL(location.origin + pathname).pathname !== location.pathname) return;
      setParameters(() => next(said()), { replace: !push });
    },
    [setParameters, pathname],
  );
  return [parameters, change];
}

type Say<Name extends string> = (part: Partial<Record<Name, string>>) => void;

/** The same, where each name has one value; empty says nothing. */
export function useSaid<Name extends string = string>(): [URLSearchParams, Say<Name>] {
  const [parameters, change] = useAddress();
  return [parameters, (part) => change((now) => saying(now, part))];
}

/** An address that says something else of what is named; empty says nothing. */
export function saying(now: URLSearchParams, part: Record<string, string | undefined>): URLSearchParams {
  const next = new URLSearchParams(now);
  for (const [name, value] of Object.entries(part)) {
    if (value) next.set(name, value);
    else next.delete(name);
  }
  return next;
}

/** The same, for a page that has just these names. */
export function useSearch<Name extends string>(...names: Name[]): [Record<Name, string>, Say<Name>] {
  const [parameters, say] = useSaid<Name>();
  const values = Object.fromEntries(names.map((name) => [name, parameters.get(name) ?? ""])) as Record<
    Name,
    string
  >;
  return [values, say];
}
