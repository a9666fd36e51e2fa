import { expect, test } from "vitest";
import type { Filter } from "./filter";
import { filtersOf, kindOfType, treeOf } from "./tree";

const noon = { $: "datetime", v: "2026-02-28T00:00:00" };

test.each<[Filter, unknown]>([
  [
    { column: "a", op: "range", from: 0, to: undefined },
    { op: ">=", column: "a", value: 0 },
  ],
  [
    { column: "a", op: "range", from: -1, to: 1 },
    {
      op: "and",
      parts: [
        { op: ">=", column: "a", value: -1 },
        { op: "<=", column: "a", value: 1 },
      ],
    },
  ],
  [
    { column: "a", op: "range", from: undefined, to: undefined },
    { op: "not", part: { op: "is_null", column: "a" } },
  ],
  [
    { column: "a", op: "days", from: "2026-02-28", to: "" },
    { op: ">=", column: "a", value: noon },
  ],
  [
    { column: "a", op: "days", from: "", to: "2026-02-28" },
    { op: "<", column: "a", value: { $: "datetime", v: "2026-03-01T00:00:00" } },
  ],
  [
    { column: "a", op: "has", text: "x:y" },
    { op: "contains", column: "a", value: "x:y" },
  ],
  [{ column: "a", op: "has", text: "" }, undefined],
  [
    { column: "a", op: "in", values: ["x"] },
    { op: "in", column: "a", values: ["x"] },
  ],
  [
    { column: "a", op: "in", values: ["4"] },
    { op: "in", column: "a", values: ["4", 4] },
  ],
  [
    { column: "a", op: "is", value: false },
    { op: "=", column: "a", value: false },
  ],
  [
    { column: "a", op: "none" },
    { op: "is_null", column: "a" },
  ],
  [{ column: "a", op: "like", text: "x" }, undefined],
])("the server is asked for %j", (filter, tree) => {
  expect(treeOf([filter])).toEqual(tree);
});

test("several conditions hold together, and those that mean nothing are left out", () => {
  const filters = filtersOf(["score:range:0.5..", "nonsense", "note:like:^a", "label:in:cat,dog%2Cs"]);
  expect(treeOf(filters)).toEqual({
    op: "and",
    parts: [
      { op: ">=", column: "score", value: 0.5 },
      { op: "in", column: "label", values: ["cat", "dog,s"] },
    ],
  });
  expect(treeOf([])).toBeUndefined();
});

test("days of times with a zone are those of whoever looks, as the table shows them", () => {
  const filters = filtersOf(["at:days:2026-02-28..2026-03-08"]);
  expect(treeOf(filters, new Map([["at", "instant"]]))).toEqual({
    op: "and",
    parts: [
      { op: ">=", column: "at", value: { $: "instant", v: new Date(2026, 1, 28).toISOString() } },
      { op: "<", column: "at", value: { $: "instant", v: new Date(2026, 2, 9).toISOString() } },
    ],
  });
  expect(JSON.stringify(treeOf(filters, new Map([["at", "datetime"]])))).toContain("2026-03-09T00:00:00");
});

test.each([
  ["int", "number"],
  ["float", "number"],
  ["bool", "boolean"],
  ["str", "text"],
  ["datetime", "time"],
  ["instant", "time"],
  ["image", "other"],
  ["list<int>", "other"],
])("of type %s a column holds a %s", (type, kind) => {
  expect(kindOfType(type)).toBe(kind);
});
