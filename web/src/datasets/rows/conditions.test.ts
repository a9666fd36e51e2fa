import { expect, test } from "vitest";
import { conditionOf, draftOf } from "./conditions";
import { type Condition, parseFilter } from "./filter";

const columns = { image: "image", label: "int", name: "str", when: "datetime", odd: "mixed", truth: "bool" };

test.each([
  "label = 3",
  "label >= 9223372036854775807",
  "label in (1, 2)",
  'name = "3"',
  'name contains "cat"',
  'not name contains "cat"',
  'when < "2026-01-31"',
  "odd = 3",
  'odd = "cat"',
  "truth = false",
  "image is null",
  "image is not null",
])("%s is taken apart and put together again", (text) => {
  const condition = parseFilter(text) as Condition;
  const draft = draftOf(condition, columns);
  expect(conditionOf(draft, columns[draft.column as keyof typeof columns])).toEqual(condition);
});

test("what is typed must be what the column holds", () => {
  const draft = draftOf(undefined, columns);
  expect(draft).toMatchObject({ column: "label", act: "eq" });
  expect(conditionOf({ ...draft, typed: "cat" }, "int")).toBeUndefined();
  expect(conditionOf({ ...draft, typed: "" }, "int")).toBeUndefined();
  expect(conditionOf({ ...draft, act: "in", many: ["1", "x"] }, "int")).toBeUndefined();
});
