import { type KeyboardEvent, type MouseEvent, type RefObject, useState } from "react";
import { copy } from "../ui/clipboard";
import type { MenuAt } from "./HeadMenu";
import { type Acts, type At, press } from "./keys";
import { type Arranged, nudged, WIDTH, widened } from "./layout";
import { sortedBy } from "./sorting";
import type { GridLayout, GridProps } from "./types";
import type { useSelecting } from "./useSelecting";
import type { Viewport } from "./useViewport";

interface Parts<Row> {
  id: string;
  box: RefObject<HTMLElement | null>;
  properties: GridProps<Row>;
  arranged: Arranged<Row>;
  layout: GridLayout;
  setLayout: (layout: GridLayout) => void;
  viewport: Viewport;
  selecting: ReturnType<typeof useSelecting<Row>>;
}

/** What keys and clicks do to a grid, and the cell that the keys are at. */
export function useActs<Row>(parts: Parts<Row>) {
  const { id, box, properties, arranged, layout, setLayout, viewport, selecting } = parts;
  const { columns, rows, sort = [], onSort, onOpen } = properties;
  const [at, setAt] = useState<At>({ row: 0, place: 0 });
  const [menu, setMenu] = useState<MenuAt>();
  const focus = (): void => box.current?.focus({ preventScroll: true });
  const keyAt = (place: number): string => arranged.shown[place]?.column.key ?? "";
  const idOf = ({ row, place }: At): string => `${id}-${row < 0 ? "head" : row}-${place}`;
  const cellAt = (cell: At): HTMLElement | null => document.getElementById(idOf(cell));
  const drawn = at.row < 0 || (at.row >= viewport.first && at.row <= viewport.last);

  const sortBy = (key: string, more: boolean): void => {
    if (columns.find((each) => each.key === key)?.sortable) onSort?.(sortedBy(sort, key, more));
  };
  const openMenu = (key: string, beside: Element | null): void => {
    const { x = 0, y = 0 } = box.current?.getBoundingClientRect() ?? {};
    const { left = x, bottom = y } = beside?.getBoundingClientRect() ?? {};
    setMenu({ key, left: left - x, top: bottom - y });
  };
  const closeMenu = (): void => {
    setMenu(undefined);
    focus();
  };
  const open = (index: number): void => {
    const row = rows.at(index);
    if (row !== undefined) onOpen?.(row, index);
  };

  const acts: Acts = {
    go: (to) => {
      setAt(to);
      viewport.reveal(to.row, to.place);
    },
    open,
    enter: (to) => cellAt(to)?.querySelector<HTMLElement>("a, button, input, [tabindex]")?.focus(),
    select: selecting.toggle,
    selectAll: selecting.all,
    sort: (place, more) => sortBy(keyAt(place), more),
    menu: (place) => openMenu(keyAt(place), cellAt({ row: -1, place })),
    nudge: (place, by) => {
      if (arranged.shown[place]?.column.fixed || arranged.shown[place + by]?.column.fixed) return;
      const next = nudged(columns, layout, keyAt(place), by);
      if (next === layout) return;
      setLayout(next);
      setAt({ row: -1, place: place + by });
    },
    resize: (place, by) => {
      const placed = arranged.shown[place];
      if (placed) setLayout(widened(layout, placed.column.key, placed.width + by * WIDTH.step));
    },
    copy: (to) => {
      const row = to.row < 0 ? undefined : rows.at(to.row);
      const whole = row !== undefined && arranged.shown[to.place]?.column.copied?.(row);
      void copy(whole || (cellAt(to)?.textContent ?? ""));
    },
  };

  const onKeyDown = (event: KeyboardEvent<HTMLElement>): void => {
    if (event.target !== box.current) {
      if (event.key === "Escape") focus();
      return;
    }
    const size = { total: rows.total, places: arranged.shown.length, page: viewport.page };
    if (press(at, event, size, acts)) event.preventDefault();
  };
  const onClick = (event: MouseEvent<HTMLElement>): void => {
    const { row, place, hit } = struck(event);
    if (row === undefined) return;
    setAt({ row, place: place ?? at.place });
    if (hit.closest(".cell.box")) selecting.toggle(row, event.shiftKey);
  };
  const onDoubleClick = (event: MouseEvent<HTMLElement>): void => {
    const { row, hit } = struck(event);
    if (row !== undefined && !hit.closest("a, button, input, .cell.box")) open(row);
  };
  const activeId = drawn && arranged.shown.length > 0 ? idOf(at) : undefined;
  return { at, go: acts.go, activeId, menu, openMenu, closeMenu, sortBy, onKeyDown, onClick, onDoubleClick };
}

function struck({ target }: MouseEvent): {
  row: number | undefined;
  place: number | undefined;
  hit: Element;
} {
  const hit = target as Element;
  const numberOf = (name: "row" | "place"): number | undefined => {
    const text = hit.closest<HTMLElement>(`[data-${name}]`)?.dataset[name];
    return text === undefined ? undefined : Number(text);
  };
  return { row: numberOf("row"), place: numberOf("place"), hit };
}
