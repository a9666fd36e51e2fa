import type { KeyboardEvent } from "react";

/** A cell, by number of its row and its column as shown; row -1 is the head. */
export interface At {
  row: number;
  place: number;
}

export interface Acts {
  go(to: At): void;
  open(row: number): void;
  enter(at: At): void;
  select(row: number, range: boolean): void;
  selectAll(): void;
  sort(place: number, more: boolean): void;
  menu(place: number): void;
  nudge(place: number, by: 1 | -1): void;
  resize(place: number, by: 1 | -1): void;
  copy(at: At): void;
}

export interface Size {
  total: number;
  places: number;
  page: number;
}

type Key = Pick<KeyboardEvent, "key" | "altKey" | "ctrlKey" | "metaKey" | "shiftKey">;

type Move = (at: At, far: boolean, size: Size) => At;

const MOVES = new Map<string, Move>([
  ["ArrowUp", (at, far) => ({ ...at, row: far ? 0 : at.row - 1 })],
  ["ArrowDown", (at, far, { total }) => ({ ...at, row: far ? total - 1 : at.row + 1 })],
  ["ArrowLeft", (at, far) => ({ ...at, place: far ? 0 : at.place - 1 })],
  ["ArrowRight", (at, far, { places }) => ({ ...at, place: far ? places - 1 : at.place + 1 })],
  ["PageUp", (at, _, { page }) => ({ ...at, row: at.row < 0 ? -1 : Math.max(0, at.row - page) })],
  ["PageDown", (at, _, { page }) => ({ ...at, row: at.row + page })],
  ["Home", (at, far) => (far ? { row: 0, place: 0 } : { ...at, place: 0 })],
  [
    "End",
    (at, far, { total, places }) =>
      far ? { row: total - 1, place: places - 1 } : { ...at, place: places - 1 },
  ],
]);

/** Where a key leads; undefined for keys that lead nowhere. */
export function target(at: At, { key, ctrlKey, metaKey }: Key, size: Size): At | undefined {
  const to = MOVES.get(key)?.(at, ctrlKey || metaKey, size);
  return (
    to && {
      row: Math.min(size.total - 1, Math.max(-1, to.row)),
      place: Math.min(size.places - 1, Math.max(0, to.place)),
    }
  );
}

/** Does what a key says; whether it said anything. */
export function press(at: At, pressed: Key, size: Size, acts: Acts): boolean {
  return (at.row < 0 ? pressInHead(at, pressed, acts) : pressInRow(at, pressed, acts)) || move();

  function move(): boolean {
    if (pressed.altKey) return false;
    const to = target(at, pressed, size);
    if (!to) return false;
    if (pressed.shiftKey && at.row >= 0 && to.row >= 0 && to.row !== at.row) {
      acts.select(at.row, true);
      acts.select(to.row, true);
    }
    acts.go(to);
    return true;
  }
}

function pressInHead({ place }: At, { key, altKey, shiftKey }: Key, acts: Acts): boolean {
  const by = ({ ArrowLeft: -1, ArrowRight: 1 } as const)[key];
  if (by && altKey) acts.nudge(place, by);
  else if (by && shiftKey) acts.resize(place, by);
  else if (key === "Enter" || key === " ") acts.sort(place, shiftKey);
  else if (key === "F2" || key === "ContextMenu" || (key === "ArrowDown" && altKey)) acts.menu(place);
  else return false;
  return true;
}

function pressInRow(at: At, { key, ctrlKey, metaKey, shiftKey }: Key, acts: Acts): boolean {
  const far = ctrlKey || metaKey;
  if (key === "Enter") acts.open(at.row);
  else if (key === "F2") acts.enter(at);
  else if (key === " ") acts.select(at.row, shiftKey);
  else if (far && key.toLowerCase() === "a") acts.selectAll();
  else if (far && key.toLowerCase() === "c") acts.copy(at);
  else return false;
  return true;
}
