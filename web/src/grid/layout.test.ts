import { expect, test } from "vitest";
import { arrange, hidden, moved, nudged, orderOf, pinned, widened } from "./layout";
import type { GridColumn } from "./types";

const columns: GridColumn<object>[] = ["a", "b", "c", "d"].map((key) => ({ key, title: key, width: 100 }));
const keys = (layout: Parameters<typeof arrange>[1]) =>
  arrange(columns, layout).shown.map(({ column }) => column.key);

test("columns lie side by side, the pinned ones first", () => {
  const found = arrange(columns, { pinned: ["c"], hidden: ["a"], widths: { b: 20 } }, 40);
  expect(found.shown.map(({ column, left, width }) => [column.key, left, width])).toEqual([
    ["c", 40, 100],
    ["b", 140, 56],
    ["d", 196, 100],
  ]);
  expect([found.width, found.pinnedWidth]).toEqual([296, 140]);
});

test("an order that does not know a column leaves it behind the others, and forgets what is no longer", () => {
  expect(orderOf(columns, { order: ["d", "gone", "b", "d"] })).toEqual(["d", "b", "a", "c"]);
});

test("a move is remembered in as few names as say it", () => {
  expect(moved(columns, {}, "c", "b").order).toEqual(["a", "c"]);
  expect(moved(columns, {}, "a", undefined).order).toEqual(["b", "c", "d"]);
  expect(moved(columns, { order: ["a", "c"] }, "b", "c").order).toEqual([]);
});

test("a column goes one place left or right, as far as there are places", () => {
  expect(keys(nudged(columns, {}, "b", 1))).toEqual(["a", "c", "b", "d"]);
  expect(keys(nudged(columns, {}, "b", -1))).toEqual(["b", "a", "c", "d"]);
  expect(nudged(columns, {}, "a", -1)).toEqual({});
  expect(keys(nudged(columns, { pinned: ["d", "a"] }, "a", 1))).toEqual(["d", "a", "b", "c"]);
  expect(keys(nudged(columns, { hidden: ["c"] }, "b", 1))).toEqual(["a", "d", "b"]);
});

test("columns are pinned, hidden and widened within bounds", () => {
  expect(keys(hidden(columns, pinned(columns, {}, "d", true), "a", true))).toEqual(["d", "b", "c"]);
  expect(widened({}, "a", 1e9).widths).toEqual({ a: 1200 });
  expect(pinned(columns, { pinned: ["a", "b"] }, "a", false).pinned).toEqual(["b"]);
});
