import { useRef } from "react";
import { everyRow, rowsBetween } from "./selection";
import type { RowSource } from "./types";

interface Selectable<Row> {
  rows: RowSource<Row>;
  keyOf?: (row: Row, index: number) => string;
  selected?: ReadonlySet<string>;
  onSelect?: (selected: ReadonlySet<string>) => void;
}

const NONE: ReadonlySet<string> = new Set();

function usualKey<Row>(row: Row, index: number): string {
  const { id, name, number } = row as { id?: unknown; name?: unknown; number?: unknown };
  return String(id ?? name ?? number ?? index);
}

/** Which rows are selected, and what selects them. */
export function useSelecting<Row>({ rows, keyOf = usualKey, selected = NONE, onSelect }: Selectable<Row>) {
  const anchor = useRef(0);
  const on = onSelect !== undefined;
  /** Undefined where rows cannot be selected. */
  const has = (row: Row | undefined, index: number): boolean | undefined =>
    on ? row !== undefined && selected.has(keyOf(row, index)) : undefined;
  const toggle = (index: number, range: boolean): void => {
    const row = rows.at(index);
    if (!onSelect || row === undefined) return;
    const next = new Set(selected);
    const on = range || !has(row, index);
    const from = range ? anchor.current : index;
    const first = Math.min(from, index);
    for (const [by, each] of rowsBetween(rows, from, index).entries()) {
      const key = keyOf(each, first + by);
      if (on) next.add(key);
      else next.delete(key);
    }
    if (!range) anchor.current = index;
    onSelect(next);
  };
  const all = (): void => {
    const every = everyRow(rows);
    if (!onSelect) return;
    if (selected.size > 0) onSelect(NONE);
    else if (every) onSelect(new Set(every.map((row, index) => keyOf(row, index))));
  };
  const full = selected.size > 0 && selected.size >= rows.total;
  const part: "none" | "some" | "all" = selected.size === 0 ? "none" : full ? "all" : "some";
  return { on, has, toggle, all, state: on ? part : undefined };
}
