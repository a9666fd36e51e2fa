import { type RefObject, useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import type { Arranged } from "./layout";
import { columnsAround, drawnHeight, offsetAt, rowsAround, scaleOf, type Tower } from "./span";

interface Span {
  first: number;
  last: number;
  firstColumn: number;
  lastColumn: number;
  /** What the rows stand higher than their place among all: more than nothing where the scrollbar is scaled. */
  shift: number;
}

export interface Viewport extends Span {
  /** Pixels that all of it takes to scroll. */
  height: number;
  /** Have a cell on the screen. */
  reveal(row: number, place: number): void;
  /** Rows that fit on the screen. */
  page: number;
}

const NOTHING: Span = { first: 0, last: -1, firstColumn: 0, lastColumn: -1, shift: 0 };

/** Which rows and columns are on the screen, as the scrollbars of an element say. */
export function useViewport<Row>(
  box: RefObject<HTMLElement | null>,
  { total, rowHeight, headHeight }: { total: number; rowHeight: number; headHeight: number },
  columns: Arranged<Row>,
): Viewport {
  const [span, setSpan] = useState(NOTHING);
  const [view, setView] = useState({ width: 0, height: 0 });
  const stand = useRef({ scroll: 0, offset: 0 });
  const tower = useMemo<Tower>(
    () => ({ total, rowHeight, view: Math.max(rowHeight, view.height - headHeight) }),
    [total, rowHeight, headHeight, view.height],
  );

  const look = useCallback(() => {
    const element = box.current;
    if (!element) return;
    const scroll = element.scrollTop;
    const offset = offsetAt(tower, scroll, stand.current);
    stand.current = { scroll, offset };
    const [first, last] = rowsAround(tower, offset);
    const { loose, pinnedWidth } = columns;
    const [firstColumn, lastColumn] = columnsAround(loose, element.scrollLeft, pinnedWidth, view.width);
    const shift = offset - scroll;
    const seen = { first, last, firstColumn, lastColumn, shift };
    setSpan((old) => (alike(old, seen) ? old : seen));
  }, [box, tower, columns, view.width]);

  useLayoutEffect(look, [look]);

  useEffect(() => {
    const element = box.current;
    if (!element) return;
    // The thumb follows the rows once they have come to rest.
    const settle = (): void => {
      const scale = scaleOf(tower);
      const wanted = stand.current.offset / scale;
      if (scale === 1 || Math.abs(wanted - element.scrollTop) < 1) return;
      element.scrollTop = wanted;
      stand.current.scroll = element.scrollTop;
      look();
    };
    element.addEventListener("scroll", look, { passive: true });
    element.addEventListener("scrollend", settle);
    return () => {
      element.removeEventListener("scroll", look);
      element.removeEventListener("scrollend", settle);
    };
  }, [box, look, tower]);

  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    const measure = (): void => {
      const { clientWidth: width, clientHeight: height } = element;
      setView((old) => (old.width === width && old.height === height ? old : { width, height }));
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, [box]);

  const reveal = useCallback(
    (row: number, place: number) => {
      const element = box.current;
      if (!element) return;
      revealColumn(element, columns, place);
      if (row < 0) return;
      const { offset } = stand.current;
      const top = row * rowHeight;
      const bottom = top + rowHeight - tower.view;
      const wanted = Math.min(top, Math.max(offset, bottom));
      if (wanted === offset) return;
      element.scrollTop = Math.round(wanted / scaleOf(tower));
      stand.current = {
        scroll: element.scrollTop,
        offset: scaleOf(tower) === 1 ? element.scrollTop : wanted,
      };
      look();
    },
    [box, columns, rowHeight, tower, look],
  );
  return {
    ...span,
    height: drawnHeight(tower),
    reveal,
    page: Math.max(1, Math.floor(tower.view / rowHeight)),
  };
}

function revealColumn<Row>(element: HTMLElement, columns: Arranged<Row>, place: number): void {
  const column = columns.shown[place];
  if (!column || column.pinned) return;
  const from = column.left - columns.pinnedWidth;
  const to = column.left + column.width - element.clientWidth;
  if (element.scrollLeft > from) element.scrollLeft = from;
  else if (element.scrollLeft < to) element.scrollLeft = Math.min(to, from);
}

function alike(one: Span, other: Span): boolean {
  return (Object.keys(one) as (keyof Span)[]).every((key) => one[key] === other[key]);
}
