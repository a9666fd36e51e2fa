// Browsers cut elements off that are taller: Chromium at 33,554,431 px, Firefox at about 17,895,698.
export const TALLEST = 15_000_000;

const AHEAD = 8;
const STRIDE = 4;

/** How rows of one height fill a column that may be taller than any browser draws. */
export interface Tower {
  total: number;
  rowHeight: number;
  /** What of the screen rows are seen through, in pixels. */
  view: number;
}

/** Height of what is scrolled. */
export function drawnHeight({ total, rowHeight }: Tower): number {
  return Math.min(total * rowHeight, TALLEST);
}

/** How many pixels of rows one pixel of the scrollbar stands for; 1 unless there are too many rows. */
export function scaleOf(tower: Tower): number {
  const { total, rowHeight, view } = tower;
  const drawn = drawnHeight(tower);
  return total * rowHeight > drawn ? (total * rowHeight - view) / (drawn - view) : 1;
}

/**
 * Where the rows stand after the scrollbar has come to `to`. What moves it by less than a few screens (wheel,
 * finger) moves the rows by as many pixels, what moves it further (its thumb) moves them in proportion.
 *
 * Returns: pixels of rows above the upper edge.
 */
export function offsetAt(tower: Tower, to: number, before: { scroll: number; offset: number }): number {
  const scale = scaleOf(tower);
  if (scale === 1) return to;
  const by = to - before.scroll;
  const most = tower.total * tower.rowHeight - tower.view;
  const near = Math.abs(by) <= tower.view * 3;
  const atEnd = to <= 0 || to >= TALLEST - tower.view - 1;
  const wanted = near && !atEnd ? before.offset + by : to * scale;
  return Math.min(most, Math.max(0, wanted));
}

/** The rows that are drawn: those that are seen and some around, so that few scrolls draw anew. */
export function rowsAround({ total, rowHeight, view }: Tower, offset: number): [number, number] {
  const first = Math.floor(offset / rowHeight) - AHEAD;
  const last = Math.ceil((offset + view) / rowHeight) + AHEAD;
  return [
    Math.max(0, Math.floor(first / STRIDE) * STRIDE),
    Math.min(total - 1, Math.ceil(last / STRIDE) * STRIDE),
  ];
}

/** The loose columns that are drawn, by number among them, the last included. */
export function columnsAround(
  columns: readonly { left: number; width: number }[],
  scroll: number,
  pinnedWidth: number,
  view: number,
): [number, number] {
  const margin = 240;
  const from = scroll + pinnedWidth - margin;
  const to = scroll + view + margin;
  let first = columns.findIndex(({ left, width }) => left + width > from);
  if (first < 0) first = columns.length;
  let last = first;
  while (last + 1 < columns.length && (columns[last + 1]?.left ?? to) < to) last++;
  return [first, Math.min(last, columns.length - 1)];
}
