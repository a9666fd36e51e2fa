import { expect, test } from "vitest";
import { directionOf, higherIsBetter, shareOf, verdictOf } from "./better";
import { compare, ordered } from "./ordering";
import { shortId, wholeOf } from "./rows";
import { shortNumber } from "./Value";
import { kindOf, numberOf, textOf } from "./values";

test("numbers are numbers also where JSON has no form for them", () => {
  const told = [1.5, { $: "float", v: "-inf" }, { $: "bigint", v: "9007199254740993" }, "1", null, true];
  expect(told.map(numberOf)).toEqual([
    1.5,
    -Infinity,
    Number("9007199254740993"),
    undefined,
    undefined,
    undefined,
  ]);
  expect(numberOf({ $: "float", v: "nan" })).toBeNaN();
});

test("a column is of the kind of all its values", () => {
  expect(kindOf([1, null, { $: "float", v: "nan" }])).toBe("number");
  expect(kindOf([true, false])).toBe("boolean");
  expect(kindOf([{ $: "datetime", v: "2026-01-01T00:00:00" }])).toBe("time");
  expect(kindOf(["a", "b", "a"])).toBe("choice");
  expect(kindOf(["a", "b"])).toBe("text");
  expect(kindOf([1, "a"])).toBe("text");
  expect(kindOf([[1, 2]])).toBe("other");
  expect(kindOf([])).toBe("text");
});

test("what has no value comes last, up and down", () => {
  const values = [2, null, 10, { $: "float", v: "nan" }, 1];
  expect(values.toSorted((a, b) => compare(a, b, false)).slice(0, 3)).toEqual([1, 2, 10]);
  expect(values.toSorted((a, b) => compare(a, b, true)).slice(0, 3)).toEqual([10, 2, 1]);
  expect(["v10", "v9"].toSorted((a, b) => compare(a, b, false))).toEqual(["v9", "v10"]);
});

test("rows are sorted by several columns", () => {
  const rows = [
    { a: 1, b: "x" },
    { a: 2, b: "y" },
    { a: 1, b: "z" },
  ];
  const sort = [
    { key: "a", descending: false },
    { key: "b", descending: true },
  ];
  expect(ordered(rows, sort, (row, key) => row[key as "a"]).map(({ b }) => b)).toEqual(["z", "x", "y"]);
});

test.each([
  ["accuracy", true],
  ["labels/cat/f1-score", true],
  ["val_loss", false],
  ["eval/rougeL", true],
  ["meanSquaredError", false],
  ["latency_ms", false],
  ["macro avg/precision", true],
  ["rows", undefined],
  ["mapping", undefined],
])("of %s more is better: %s", (name, expected) => {
  expect(higherIsBetter(name)).toBe(expected);
});

test("what somebody has said goes before what a name tells", () => {
  expect(directionOf("loss", {})).toBe(false);
  expect(directionOf("loss", { loss: true })).toBe(true);
  expect(directionOf("loss", { loss: null })).toBeUndefined();
});

test("a number is better or worse than that of the base", () => {
  expect(verdictOf(0.5, 0.6, true)).toBe("better");
  expect(verdictOf(0.5, 0.6, false)).toBe("worse");
  expect(verdictOf(0.5, 0.5, false)).toBe("same");
  expect(verdictOf(0.5, 0.6, undefined)).toBe("other");
  expect(verdictOf(undefined, 0.6, true)).toBe("other");
  expect(verdictOf(Number.NaN, Number.NaN, true)).toBe("same");
  expect([shareOf(2, 3), shareOf(-2, -3), shareOf(0, 1), shareOf(undefined, 1)]).toEqual([
    0.5,
    -0.5,
    undefined,
    undefined,
  ]);
});

test("a value has a text", () => {
  expect([
    textOf(null),
    textOf(["a", "b"]),
    textOf({ $: "uuid", v: "x" }),
    textOf({ a: 1 }),
    textOf(true),
  ]).toEqual(["", "a, b", "x", '{"a":1}', "true"]);
});

test("the beginning of an id stands for the only one that begins so", () => {
  const ids = ["resnet50-lr-0.1", "resnet50-lr-0.01", "resnet50-lr-0.1", "vit"];
  expect(wholeOf("v", ids)).toBe("vit");
  expect(wholeOf("resnet50-lr-0.1", ids)).toBe("resnet50-lr-0.1");
  expect(wholeOf("resnet50", ids)).toBeNull();
  expect(wholeOf("bert", ids)).toBeNull();
});

test("only ids of jobs are cut: names that people gave may differ at their end alone", () => {
  expect(shortId("a".repeat(40))).toBe("a".repeat(12));
  expect(shortId("resnet50-lr-0.01")).toBe("resnet50-lr-0.01");
});

test.each([
  [60_000, "60,000"],
  [-1234.56, "−1,234.6"],
  [0.123456, "0.1235"],
  [0.00123456, "0.001235"],
  [0.00001, "1.000e−5"],
  [12_345_678_901, "1.235e+10"],
  [-0, "0"],
  [Number.NEGATIVE_INFINITY, "−∞"],
])("%d is shown as %s", (number, text) => {
  expect(shortNumber(number, "en")).toBe(text);
});
