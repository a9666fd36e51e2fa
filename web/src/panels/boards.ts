import { type PanelSpec, recordOf, specOf, textOf } from "./spec";

/** A panel of a board, and how much of it it takes. */
export interface Placed {
  /** A number of its own, by which addresses name it wherever it is moved. */
  id: string;
  spec: PanelSpec;
  /** Columns of twelve. */
  width: number;
  /** Steps of height. */
  height: number;
}

export const COLUMNS = 12;
export const NARROWEST = 3;
export const LOWEST = 1;
export const HIGHEST = 12;
export const MOST = 100;
const ID = /^[1-9]\d{0,8}$/;

export function clamped(width: number, height: number): Pick<Placed, "width" | "height"> {
  const within = (value: number, low: number, high: number): number =>
    Math.min(Math.max(Math.round(value) || low, low), high);
  return { width: within(width, NARROWEST, COLUMNS), height: within(height, LOWEST, HIGHEST) };
}

/** A board as it is kept; whatever is amiss with it is left out. */
export function boardOf(kept: unknown): Placed[] {
  const { panels } = recordOf(kept);
  if (!Array.isArray(panels)) return [];
  const found = panels.slice(0, MOST).map(recordOf);
  const ids = new Set(found.map(({ id }) => id).filter((id) => ID.test(textOf(id))));
  return found.map((told, place) => {
    return {
      id: ids.size === found.length ? textOf(told.id) : String(place + 1),
      spec: specOf(told.spec ?? told),
      ...clamped(Number(told.width ?? 6), Number(told.height ?? 4)),
    };
  });
}

/** The other way round. */
export function keptOf(board: Placed[]): { panels: Placed[] } {
  return { panels: board.map(({ id, spec, width, height }) => ({ id, spec, width, height })) };
}

export function moved(board: Placed[], id: string, over: string): Placed[] {
  const from = board.findIndex((each) => each.id === id);
  const to = board.findIndex((each) => each.id === over);
  const taken = board[from];
  if (!taken || to < 0) return board;
  const rest = board.filter((each) => each.id !== id);
  return [...rest.slice(0, to), taken, ...rest.slice(to)];
}

export function sized(board: Placed[], id: string, width: number, height: number): Placed[] {
  return board.map((each) => (each.id === id ? { ...each, ...clamped(width, height) } : each));
}

export function removed(board: Placed[], id: string): Placed[] {
  return board.filter((each) => each.id !== id);
}

/** With another panel at the end, or a changed one where it was. */
export function put(board: Placed[], spec: PanelSpec, id?: string): Placed[] {
  if (id !== undefined) return board.map((each) => (each.id === id ? { ...each, spec } : each));
  const wide = spec.kind === "table" || spec.kind === "text";
  return [...board, { id: freshId(board), spec, width: wide ? COLUMNS : COLUMNS / 2, height: wide ? 5 : 4 }];
}

export function duplicated(board: Placed[], id: string): Placed[] {
  const place = board.findIndex((each) => each.id === id);
  const found = board[place];
  if (!found) return board;
  return [...board.slice(0, place + 1), { ...found, id: freshId(board) }, ...board.slice(place + 1)];
}

function freshId(board: Placed[]): string {
  return String(Math.max(0, ...board.map(({ id }) => Number(id) || 0)) + 1);
}
