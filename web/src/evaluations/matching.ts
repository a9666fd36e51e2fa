import { ordered } from "./ordering";
import { type Row, read } from "./rows";
import type { Shown } from "./state";
import { testOf } from "./testing";
import { textOf } from "./values";

const SEARCHED = ["job:id", "job:comment", "job:model", "job:datasets", "job:handler", "job:who"];

/** The rows that a search and all filters let through, in the order that is wanted. */
export function matching(
  rows: readonly Row[],
  { search, filters, sort }: Pick<Shown, "search" | "filters" | "sort">,
): readonly Row[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const tests = filters.map((filter) => [filter.column, testOf(filter)] as const);
  const lets = (row: Row): boolean => {
    if (!tests.every(([column, test]) => test(read(row, column)))) return false;
    if (words.length === 0) return true;
    const text = SEARCHED.map((key) => textOf(read(row, key)))
      .join("\n")
      .toLowerCase();
    return words.every((word) => text.includes(word));
  };
  const found = tests.length === 0 && words.length === 0 ? rows : rows.filter(lets);
  return ordered(found, sort, read);
}
