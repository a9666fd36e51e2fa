import { expect, test } from "vitest";
import { conditionsOf, type Filter, filterText, NotAFilter, parseFilter } from "./filter";

test.each<[string, Filter]>([
  ["label = 3", { op: "=", column: "label", value: 3 }],
  ["a.b-c>=-1.5e3", { op: ">=", column: "a.b-c", value: -1500 }],
  ["标签 != '猫'", { op: "!=", column: "标签", value: "猫" }],
  ['`two words` == "it\'s \\""', { op: "=", column: "two words", value: "it's \"" }],
  ["x is null", { op: "is_null", column: "x" }],
  ["x IS NOT NULL", { op: "not", part: { op: "is_null", column: "x" } }],
  ["x in (1, 'a', true, null)", { op: "in", column: "x", values: [1, "a", true, null] }],
  ["id = 9223372036854775807", { op: "=", column: "id", value: { $: "bigint", v: "9223372036854775807" } }],
  [
    "a = 1 and b = 2 or not (c contains 'x' and d < 3)",
    {
      op: "or",
      parts: [
        {
          op: "and",
          parts: [
            { op: "=", column: "a", value: 1 },
            { op: "=", column: "b", value: 2 },
          ],
        },
        {
          op: "not",
          part: {
            op: "and",
            parts: [
              { op: "contains", column: "c", value: "x" },
              { op: "<", column: "d", value: 3 },
            ],
          },
        },
      ],
    },
  ],
])("%s is understood, and written as it was meant", (text, filter) => {
  expect(parseFilter(text)).toEqual(filter);
  expect(parseFilter(filterText(filter))).toEqual(filter);
});

test.each([
  ["", 0],
  ["label", 5],
  ["label =", 7],
  ["label = cat", 8],
  ["= 3", 0],
  ["a = 1 b = 2", 6],
  ["(a = 1", 6],
  ["a = 1)", 5],
  ["a contains 3", 11],
  ["a in 3", 5],
  ["a = 'x", 3],
  ["(".repeat(100), 21],
])("%j is none, and it is said where", (text, at) => {
  try {
    parseFilter(text);
    expect.unreachable();
  } catch (error) {
    expect(error).toBeInstanceOf(NotAFilter);
    expect((error as NotAFilter).at).toBe(at);
  }
});

test("columns that look like something else are quoted", () => {
  const filter: Filter = { op: "=", column: "not `x`", value: "<b>" };
  expect(filterText(filter)).toBe('`not ``x``` = "<b>"');
  expect(parseFilter(filterText(filter))).toEqual(filter);
});

test("what is a list of conditions can be changed one by one", () => {
  expect(conditionsOf(null)?.parts).toEqual([]);
  expect(conditionsOf(parseFilter("a = 1 or b is not null"))).toMatchObject({ join: "or", parts: [{}, {}] });
  expect(conditionsOf(parseFilter("a = 1 and (b = 2 or c = 3)"))).toBeUndefined();
});
