import type { SortBy } from "./types";

/** What a click on a head makes of the order: up, down, as it was; `more` keeps what is sorted by already. */
export function sortedBy(sort: readonly SortBy[], key: string, more: boolean): SortBy[] {
  const before = sort.find((each) => each.key === key);
  const next = before?.descending ? undefined : { key, descending: before !== undefined };
  if (!more) return next ? [next] : [];
  if (!next) return sort.filter((each) => each.key !== key);
  return before ? sort.map((each) => (each.key === key ? next : each)) : [...sort, next];
}
