import { expect, test } from "vitest";
import { nameFor, tidy } from "./files";

const packed = (...paths: string[]) => paths.map((path) => ({ path, file: new Blob(["x"]) }));
const paths = (files: { path: string }[]) => files.map(({ path }) => path);

test("a folder that holds everything is no part of the paths", () => {
  const files = packed("pets/cat/1.png", "pets/dog/2.png", "pets/.DS_Store", "pets/__MACOSX/x");
  expect(paths(tidy(files))).toEqual(["cat/1.png", "dog/2.png"]);
  expect(nameFor(files)).toBe("pets");
});

test("one folder within another is kept: it is a label", () => {
  expect(paths(tidy(packed("pets/cat/1.png", "pets/cat/2.png")))).toEqual(["cat/1.png", "cat/2.png"]);
  expect(paths(tidy(packed("cat/1.png", "dog/1.png")))).toEqual(["cat/1.png", "dog/1.png"]);
});

test("the same path is one file", () => {
  expect(paths(tidy(packed("a.csv", "a.csv", "b.csv")))).toEqual(["a.csv", "b.csv"]);
});

test.each([
  ["训练 集.csv", ""],
  ["my table (1).csv", "my-table-1-"],
  ["train.csv.gz", "train"],
  ["-x.csv", "x"],
])("%s is called %s", (path, name) => {
  expect(nameFor(packed(path))).toBe(name);
});
