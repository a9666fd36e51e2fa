import { expect, test } from "vitest";
import { target } from "./keys";

const size = { total: 100, places: 10, page: 20 };
const plain = { altKey: false, ctrlKey: false, metaKey: false, shiftKey: false };
const go = (key: string, far = false, at = { row: 50, place: 5 }) =>
  Object.values(target(at, { ...plain, key, ctrlKey: far }, size) ?? {});

test.each([
  ["ArrowUp", 49, 5, 0, 5],
  ["ArrowDown", 51, 5, 99, 5],
  ["ArrowLeft", 50, 4, 50, 0],
  ["ArrowRight", 50, 6, 50, 9],
  ["Home", 50, 0, 0, 0],
  ["End", 50, 9, 99, 9],
  ["PageUp", 30, 5, 30, 5],
  ["PageDown", 70, 5, 70, 5],
])("%s leads where it does in any grid", (key, row, place, farRow, farPlace) => {
  expect(go(key)).toEqual([row, place]);
  expect(go(key, true)).toEqual([farRow, farPlace]);
});

test("keys stop at the edges; above the first row is the head", () => {
  expect(go("ArrowUp", false, { row: 0, place: 0 })).toEqual([-1, 0]);
  expect(go("ArrowUp", false, { row: -1, place: 0 })).toEqual([-1, 0]);
  expect(go("ArrowDown", false, { row: 99, place: 9 })).toEqual([99, 9]);
  expect(go("x")).toEqual([]);
});
