import { type Row, read } from "./rows";
import { textOf } from "./values";

const MOST = 500;

/** All texts that stand in a column, in order; a list counts for each of its items. */
export function choicesIn(rows: readonly Row[], column: string): string[] {
  const texts = new Set<string>();
  for (const row of rows) {
    const value = read(row, column);
    for (const each of Array.isArray(value) ? value : [value]) texts.add(textOf(each));
    if (texts.size > MOST) break;
  }
  texts.delete("");
  return [...texts].sort();
}
