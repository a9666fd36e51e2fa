import type { GridColumn, GridLayout } from "./types";

export const WIDTH = { usual: 150, least: 56, most: 1200, step: 24 };

/** A column and where it lies, in pixels from the left edge of the first. */
export interface Placed<Row> {
  column: GridColumn<Row>;
  /** From 0, as shown. */
  place: number;
  left: number;
  width: number;
  pinned: boolean;
}

export interface Arranged<Row> {
  /** Those that are shown, the pinned ones first. */
  shown: readonly Placed<Row>[];
  pinned: readonly Placed<Row>[];
  loose: readonly Placed<Row>[];
  width: number;
  pinnedWidth: number;
}

type Keyed = Pick<GridColumn<never>, "key" | "pinned" | "hidden">;

/** All keys from left to right, hidden ones too. */
export function orderOf(columns: readonly Keyed[], layout: GridLayout): string[] {
  const known = new Set(columns.map(({ key }) => key));
  const named = [...new Set(layout.order ?? [])].filter((key) => known.has(key));
  const first = new Set(named);
  return [...named, ...columns.map(({ key }) => key).filter((key) => !first.has(key))];
}

export function hiddenOf(columns: readonly Keyed[], { hidden }: GridLayout): Set<string> {
  return new Set(hidden ?? columns.filter((each) => each.hidden).map(({ key }) => key));
}

export function pinnedOf(columns: readonly Keyed[], { pinned }: GridLayout): Set<string> {
  return new Set(pinned ?? columns.filter((each) => each.pinned).map(({ key }) => key));
}

/** Where the columns lie; `before` pixels at the left are taken by something else that stays there. */
export function arrange<Row>(
  columns: readonly GridColumn<Row>[],
  layout: GridLayout,
  before = 0,
): Arranged<Row> {
  const byKey = new Map(columns.map((column) => [column.key, column]));
  const hidden = hiddenOf(columns, layout);
  const pins = pinnedOf(columns, layout);
  const keys = orderOf(columns, layout).filter((key) => !hidden.has(key));
  const sorted = [...keys.filter((key) => pins.has(key)), ...keys.filter((key) => !pins.has(key))];
  let left = before;
  const shown: Placed<Row>[] = [];
  for (const key of sorted) {
    const column = byKey.get(key);
    if (!column) continue;
    const width = bounded(layout.widths?.[key] ?? column.width ?? WIDTH.usual);
    shown.push({ column, place: shown.length, left, width, pinned: pins.has(key) });
    left += width;
  }
  const pinned = shown.filter((each) => each.pinned);
  const loose = shown.filter((each) => !each.pinned);
  return { shown, pinned, loose, width: left, pinnedWidth: loose[0]?.left ?? left };
}

function bounded(width: number): number {
  return Math.round(Math.min(WIDTH.most, Math.max(WIDTH.least, width)));
}

export function widened(layout: GridLayout, key: string, width: number): GridLayout {
  return { ...layout, widths: { ...layout.widths, [key]: bounded(width) } };
}

/** A column put before another one, or behind all where there is none; it becomes pinned as its new neighbour is. */
export function moved(
  columns: readonly Keyed[],
  layout: GridLayout,
  key: string,
  before: string | undefined,
): GridLayout {
  if (key === before) return layout;
  const keys = orderOf(columns, layout).filter((each) => each !== key);
  const at = before === undefined ? keys.length : keys.indexOf(before);
  keys.splice(at < 0 ? keys.length : at, 0, key);
  return { ...layout, order: shortened(keys, columns) };
}

/** As many names of an order as say it all: what follows lies as the columns themselves do. */
function shortened(keys: readonly string[], columns: readonly Keyed[]): string[] {
  const own = columns.map(({ key }) => key);
  for (let count = 0; count < keys.length; count++) {
    const named = keys.slice(0, count);
    const first = new Set(named);
    const rest = own.filter((key) => !first.has(key));
    if (rest.every((key, index) => key === keys[count + index])) return named;
  }
  return [...keys];
}

/** A column one place further, among those that are pinned as it is. */
export function nudged<Row>(
  columns: readonly GridColumn<Row>[],
  layout: GridLayout,
  key: string,
  by: 1 | -1,
): GridLayout {
  const { pinned, loose } = arrange(columns, layout);
  const group = (pinned.some(({ column }) => column.key === key) ? pinned : loose).map(
    (each) => each.column.key,
  );
  const target = group.indexOf(key) + by;
  if (target < 0 || target >= group.length) return layout;
  if (by === -1) return moved(columns, layout, key, group[target]);
  const keys = orderOf(columns, layout).filter((each) => each !== key);
  const behind = keys.indexOf(group[target] ?? "");
  return moved(columns, layout, key, keys[behind + 1]);
}

export function pinned(columns: readonly Keyed[], layout: GridLayout, key: string, pin: boolean): GridLayout {
  return { ...layout, pinned: toggled(pinnedOf(columns, layout), key, pin) };
}

export function hidden(
  columns: readonly Keyed[],
  layout: GridLayout,
  key: string,
  hide: boolean,
): GridLayout {
  return { ...layout, hidden: toggled(hiddenOf(columns, layout), key, hide) };
}

function toggled(keys: Set<string>, key: string, on: boolean): string[] {
  if (on) keys.add(key);
  else keys.delete(key);
  return [...keys];
}
