import { expect, test } from "vitest";
import type { Row } from "../rows";
import { isClosed, isOfDataset, originsOf, readByAll } from "./origins";

function evaluation(...datasets: string[]): Row {
  return { id: "j", job: { datasets } as unknown as Row["job"], summary: {} };
}

const [OLD, NEW] = ["aaaabbbbccccdddd", "eeeeffffgggghhhh"];
const address = (name: string, version: string): string =>
  `local/project/p/dataset/${name}/version/${version}`;
const digits = evaluation(address("digits", OLD));
const newer = evaluation(address("digits", NEW));
const both = evaluation(address("digits", OLD), address("digits", NEW), address("signs", OLD));
const byHand: Row = { id: "by-hand", job: null, summary: {} };

function told(id: string | number, rows: Row[], table = "results", values: object[] = rows.map(() => ({}))) {
  return originsOf({ id, values: values as Record<string, unknown>[] }, rows, table, "p").map(
    ({ of: { name, version }, keys, places }) => [name, version, keys, places],
  );
}

test("an id says of which dataset a row is, and under which key", () => {
  expect(told("p/digits_#@#_17", [digits, digits])).toEqual([["digits", OLD, [17, "17"], [0, 1]]]);
  expect(told("p/digits_#@#_a_#@#_b", [digits])).toEqual([["digits", OLD, ["a_#@#_b"], [0]]]);
  expect(told("p/digits_#@#_007", [digits])).toEqual([["digits", OLD, ["007"], [0]]]);
  expect(told("p/digits_#@#_9007199254740993", [digits])).toEqual([
    ["digits", OLD, ["9007199254740993"], [0]],
  ]);
  expect(told("p/digits/eeeeffff_#@#_-1", [both])).toEqual([["digits", NEW, [-1, "-1"], [0]]]);
});

test("evaluations of other versions have read other rows", () => {
  expect(told("p/digits_#@#_x", [digits, newer, digits])).toEqual([
    ["digits", OLD, ["x"], [0, 2]],
    ["digits", NEW, ["x"], [1]],
  ]);
  const values = [null, {}] as object[];
  expect(told("p/digits_#@#_x", [digits, newer], "results", values)).toEqual([["digits", NEW, ["x"], [1]]]);
});

test("an id without a dataset is a key where one dataset was read, in the table of results", () => {
  expect(told(3, [digits])).toEqual([["digits", OLD, [3], [0]]]);
  expect(told("3", [digits])).toEqual([["digits", OLD, [3, "3"], [0]]]);
  expect(told(3, [both])).toEqual([]);
  expect(told(3, [digits], "labels")).toEqual([]);
  expect(told("q/digits_#@#_3", [digits])).toEqual([]);
  expect(told("p/digits_#@#_3", [byHand])).toEqual([]);
  expect([isOfDataset(3, "results"), isOfDataset(3, "labels"), isOfDataset("p/d_#@#_3", "labels")]).toEqual([
    true,
    false,
    true,
  ]);
});

test("versions that several have read are told once", () => {
  expect(readByAll([digits, newer, both, byHand], "p").map(({ name, version }) => [name, version])).toEqual([
    ["digits", OLD],
    ["digits", NEW],
    ["signs", OLD],
  ]);
});

test("what lies in closed projects is known to be so, of the evaluations that have the row", () => {
  const rows = [digits, evaluation("(hidden)")];
  expect(originsOf({ id: "q/secret_#@#_1", values: [null, {}] }, rows, "results", "p")).toEqual([]);
  expect(isClosed({ values: [null, {}] }, rows)).toBe(true);
  expect(isClosed({ values: [{}, null] }, rows)).toBe(false);
});
