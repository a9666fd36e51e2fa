import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { annotationsIn, guess, imageFoldersIn } from "./formats";

// The server guesses too; its test reads the same file.
const file = new URL("../../../../tests/golden/uploads/guesses.json", import.meta.url);
const guesses: { files: string[]; format: string | null }[] = JSON.parse(readFileSync(file, "utf8"));

test.each(guesses)("$files is $format", ({ files, format }) => {
  expect(guess(files) ?? null).toBe(format);
});

test("what is packed is what it will be unpacked to", () => {
  expect(guess(["a.csv.gz", "b.TSV"])).toBe("csv");
  expect(guess(["a.tgz", "b.tar.gz"])).toBe("webdataset");
  expect(guess(["a.zip", "b.csv"])).toBe("auto");
  expect(guess([])).toBeUndefined();
});

test("annotations and their images are found among what was chosen", () => {
  const paths = ["annotations/b.json", "annotations/a.json", "val/1.JPG", "val/2.png", "0.png", "x.txt"];
  expect(annotationsIn(paths)).toEqual(["annotations/a.json", "annotations/b.json"]);
  expect(imageFoldersIn(paths)).toEqual(["val"]);
});
