import { expect, test } from "vitest";
import { columnsAround, drawnHeight, offsetAt, rowsAround, scaleOf, TALLEST } from "./span";

const few = { total: 1000, rowHeight: 36, view: 720 };
const many = { total: 1_000_000, rowHeight: 36, view: 720 };

test("few rows scroll as they are", () => {
  expect([drawnHeight(few), scaleOf(few)]).toEqual([36_000, 1]);
  expect(offsetAt(few, 1234, { scroll: 0, offset: 0 })).toBe(1234);
});

test("a million rows fit in what browsers draw, and the thumb reaches the first and the last", () => {
  expect(drawnHeight(many)).toBe(TALLEST);
  expect(offsetAt(many, 0, { scroll: 9_000_000, offset: 2e7 })).toBe(0);
  expect(offsetAt(many, TALLEST - 720, { scroll: 0, offset: 0 })).toBe(36_000_000 - 720);
  expect(rowsAround(many, 36_000_000 - 720)[1]).toBe(999_999);
});

test("a wheel moves as many rows as ever, the thumb in proportion", () => {
  const before = { scroll: 1_000_000, offset: 2_400_000 };
  expect(offsetAt(many, 1_000_100, before)).toBe(2_400_100);
  expect(offsetAt(many, 2_000_000, before)).toBeCloseTo(2_000_000 * scaleOf(many));
});

test("little scrolling draws nothing anew", () => {
  expect(rowsAround(few, 3610)).toEqual(rowsAround(few, 3630));
  expect(rowsAround(few, 0)).toEqual([0, 28]);
  expect(rowsAround({ ...few, total: 0 }, 0)).toEqual([0, -1]);
});

test("columns beside the screen are not drawn", () => {
  const columns = Array.from({ length: 200 }, (_, index) => ({ left: 100 + index * 100, width: 100 }));
  expect(columnsAround(columns, 0, 100, 800)).toEqual([0, 9]);
  const [first, last] = columnsAround(columns, 10_000, 100, 800);
  expect(first).toBeGreaterThan(95);
  expect(last).toBeLessThan(112);
  expect(columnsAround([], 0, 100, 800)).toEqual([0, -1]);
});
