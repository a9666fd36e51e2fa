import type { RowSource } from "./types";

/** The rows between two, both included, as far as they have come. */
export function rowsBetween<Row>(rows: RowSource<Row>, one: number, other: number): Row[] {
  const found: Row[] = [];
  for (let index = Math.min(one, other); index <= Math.max(one, other); index++) {
    const row = rows.at(index);
    if (row !== undefined) found.push(row);
  }
  return found;
}

/** All rows if they are all at hand and not too many to be walked through; undefined otherwise. */
export function everyRow<Row>(rows: RowSource<Row>, most = 20_000): Row[] | undefined {
  if (rows.total > most) return undefined;
  const found = rowsBetween(rows, 0, rows.total - 1);
  return found.length === rows.total ? found : undefined;
}

/** What is selected now, changed as another selection was changed that somebody saw before. */
export function changedAlike(
  now: ReadonlySet<string>,
  before: ReadonlySet<string>,
  after: ReadonlySet<string>,
): ReadonlySet<string> {
  const kept = [...now].filter((key) => after.has(key) || !before.has(key));
  return new Set([...kept, ...[...after].filter((key) => !before.has(key))]);
}
