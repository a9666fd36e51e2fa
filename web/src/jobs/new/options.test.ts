import { expect, test } from "vitest";
import { faultOf, type Option, optionOf, valuesOf, wordsOf } from "./options";

const option = (name: string, more: Partial<Option> = {}): Option => ({
  name,
  spellings: [`--${name}`, `--${name.replace("_", "-")}`],
  kind: "text",
  choices: [],
  required: false,
  multiple: false,
  flag: false,
  hidden: false,
  usual: null,
  help: "",
  ...more,
});
const OPTIONS = [
  option("batch_size", { kind: "integer" }),
  option("tags", { multiple: true }),
  option("fast", { flag: true }),
];

test("words are read as the worker reads them, and written so that they read back", () => {
  const words = ["--batch-size", "3", "--tags=a=b", "--tags", "c", "--no-fast", "--other", "x"];
  const { values, rest } = valuesOf(OPTIONS, words);
  expect(Object.fromEntries(values)).toEqual({ batch_size: "3", tags: ["a=b", "c"], fast: false });
  expect(rest).toEqual(["--other", "x"]);
  const again = valuesOf(OPTIONS, wordsOf(OPTIONS, values, rest));
  expect(again).toEqual({ values, rest });
});

test("a value that looks like an option is not taken for one", () => {
  const values = new Map([["batch_size", "-3"]]);
  expect(wordsOf(OPTIONS, values, [])).toEqual(["--batch_size=-3"]);
  expect(valuesOf(OPTIONS, ["--batch_size=-3"]).values).toEqual(values);
});

test("an option at the end that has no value belongs to none", () => {
  expect(valuesOf(OPTIONS, ["--batch_size"])).toEqual({ values: new Map(), rest: ["--batch_size"] });
});

test.each([
  [option("x", { required: true }), undefined, "needed"],
  [option("x", { required: true, multiple: true }), [], "needed"],
  [option("x", { kind: "integer" }), "3.5", "integer"],
  [option("x", { kind: "integer" }), "-3", null],
  [option("x", { kind: "float" }), "1e-3", null],
  [option("x", { kind: "float" }), "inf", null],
  [option("x", { kind: "float" }), "many", "float"],
  [option("x", { kind: "choice", choices: ["a", "b"] }), "c", "choice"],
  [option("x"), "", null],
] as const)("%j with %j is %s", (given, value, fault) => {
  expect(faultOf(given as Option, value as string)).toBe(fault);
});

test("an option of the package is understood, whatever is missing in it", () => {
  expect(
    optionOf({ name: "a", opts: ["--a"], type: { name: "choice", choices: ["x", 1] }, default: "x" }),
  ).toMatchObject({
    kind: "choice",
    choices: ["x", "1"],
    usual: "x",
    required: false,
  });
  expect(optionOf(null)).toMatchObject({ name: "", spellings: [], kind: "text" });
});
