import type { SortBy } from "../grid";
import { timeOf } from "../panels/values";
import { numberOf, textOf } from "./values";

const words = new Intl.Collator(undefined, { numeric: true });

/** Which of two values comes first; what has none comes last either way. */
export function compare(one: unknown, other: unknown, descending: boolean): number {
  const [first, second] = [rankOf(one), rankOf(other)];
  if (first === undefined || second === undefined)
    return Number(first === undefined) - Number(second === undefined);
  const by =
    typeof first === "number" && typeof second === "number"
      ? first - second
      : words.compare(String(first), String(second));
  return descending ? -by : by;
}

function rankOf(value: unknown): number | string | undefined {
  if (value === null || value === undefined || value === "") return undefined;
  if (typeof value === "boolean") return Number(value);
  const number = numberOf(value) ?? timeOf(value);
  if (number !== undefined) return Number.isNaN(number) ? undefined : number;
  return textOf(value);
}

/** Rows in the order that is wanted; where that says nothing they stay as they are. */
export function ordered<Row>(
  rows: readonly Row[],
  sort: readonly SortBy[],
  read: (row: Row, key: string) => unknown,
): readonly Row[] {
  if (sort.length === 0) return rows;
  return rows.toSorted((one, other) => {
    for (const { key, descending } of sort) {
      const by = compare(read(one, key), read(other, key), descending);
      if (by !== 0) return by;
    }
    return 0;
  });
}
