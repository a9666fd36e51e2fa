import { type PointerEvent, type RefObject, useMemo, useState } from "react";
import { arrange, moved, pinned, widened } from "./layout";
import type { GridColumn, GridLayout } from "./types";

const SLACK = 5;
const EDGE = 40;

/** Columns that are dragged by their heads to other places, and by their edges to other widths. */
export function useDragging<Row>(
  box: RefObject<HTMLElement | null>,
  columns: readonly GridColumn<Row>[],
  layout: GridLayout,
  setLayout: (layout: GridLayout) => void,
  boxWidth: number,
) {
  const [preview, setPreview] = useState<GridLayout>();
  // Left edge of where a column would come to lie, in what is scrolled.
  const [mark, setMark] = useState<number>();
  const shown = preview ?? layout;
  const arranged = useMemo(() => arrange(columns, shown, boxWidth), [columns, shown, boxWidth]);

  const resize = (event: PointerEvent<HTMLElement>, key: string, width: number): void => {
    event.preventDefault();
    const begun = event.clientX;
    follow(event, {
      move: (x) => setPreview(widened(layout, key, width + x - begun)),
      drop: (x) => {
        setPreview(undefined);
        setLayout(widened(layout, key, width + x - begun));
      },
    });
  };

  /** Before which column something lies that is dropped at a place of the screen, and where its left edge is. */
  const dropAt = (x: number): { before: string | undefined; left: number; pin: boolean } => {
    const element = box.current;
    const within = x - (element?.getBoundingClientRect().left ?? 0);
    const scroll = element?.scrollLeft ?? 0;
    const overPinned = within < arranged.pinnedWidth;
    const group = overPinned ? arranged.pinned : arranged.loose;
    const place = overPinned ? within : within + scroll;
    const next = group.find(({ left, width }) => place < left + width / 2);
    const end = group.at(-1);
    const left = next?.left ?? (end ? end.left + end.width : 0);
    const before = next ?? (overPinned ? arranged.loose[0] : undefined);
    return { before: before?.column.key, left: overPinned ? left + scroll : left, pin: overPinned };
  };

  const drag = (event: PointerEvent<HTMLElement>, key: string): void => {
    if (event.button !== 0 || event.pointerType === "touch") return;
    const begun = event.clientX;
    let off = false;
    follow(event, {
      move: (x) => {
        off ||= Math.abs(x - begun) > SLACK;
        if (!off) return;
        scrollAtEdge(box.current, x);
        setMark(dropAt(x).left);
      },
      drop: (x, element) => {
        setMark(undefined);
        if (!off) return;
        swallowClick(element);
        const { before, pin } = dropAt(x);
        setLayout(pinned(columns, moved(columns, layout, key, before), key, pin));
      },
    });
  };
  return { arranged, mark, resize, drag };
}

interface Following {
  move(x: number): void;
  drop(x: number, element: Element): void;
}

function follow(event: PointerEvent<HTMLElement>, { move, drop }: Following): void {
  const element = event.currentTarget;
  const moves = (next: globalThis.PointerEvent): void => move(next.clientX);
  const ends = (next: globalThis.PointerEvent): void => {
    window.removeEventListener("pointermove", moves);
    window.removeEventListener("pointerup", ends);
    window.removeEventListener("pointercancel", ends);
    drop(next.clientX, element);
  };
  window.addEventListener("pointermove", moves);
  window.addEventListener("pointerup", ends);
  window.addEventListener("pointercancel", ends);
}

function scrollAtEdge(element: HTMLElement | null, x: number): void {
  if (!element) return;
  const { left, right } = element.getBoundingClientRect();
  if (x < left + EDGE) element.scrollLeft -= EDGE / 2;
  else if (x > right - EDGE) element.scrollLeft += EDGE / 2;
}

/** A drop is no click: what comes of the same press is not heard. */
function swallowClick(element: Element): void {
  const hear = (event: Event): void => event.stopPropagation();
  element.addEventListener("click", hear, { capture: true, once: true });
  setTimeout(() => element.removeEventListener("click", hear, { capture: true }), 50);
}
