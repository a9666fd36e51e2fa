import { expect, test } from "vitest";
import { foldersOf, languageOf, pictureType } from "./shown";

test("pictures that cannot hold a script are shown", () => {
  expect(pictureType("src/a.PNG")).toBe("image/png");
  expect(pictureType("a.svg")).toBeUndefined();
  expect(pictureType("png")).toBeUndefined();
  expect(pictureType("a.constructor")).toBeUndefined();
});

test("a language is known by the end of the name", () => {
  expect(languageOf("model/evaluate.py")).toBe("python");
  expect(languageOf("runtime.yaml")).toBe("yaml");
  expect(languageOf(".yaml")).toBeUndefined();
  expect(languageOf("a.toString")).toBeUndefined();
});

test("a path lies in its folders", () => {
  expect(foldersOf("a/b/c.py")).toEqual(["a", "a/b"]);
  expect(foldersOf("c.py")).toEqual([]);
});
