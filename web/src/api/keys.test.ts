import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const sources = readdirSync("src", { recursive: true, encoding: "utf8" })
  .filter((name) => /(?<!\.test|schema\.d)\.tsx?$/.test(name))
  .map((name) => readFileSync(join("src", name), "utf8"));

const keysOf = (beginning: RegExp): string[] =>
  sources.flatMap((text) =>
    [...text.matchAll(beginning)].map(([, key = ""]) => key.replace(/\s+/g, " ").replace(/,? ?\]$/, "]")),
  );

test("no list that comes in pages is remembered under the name of something else", () => {
  const lists = new Set(keysOf(/\blist\(\s*(\[[^\]]*\])/g));
  const others = keysOf(/queryKey: (\[[^\]]*\]),\s*(?:queryFn|enabled|retry|staleTime|structuralSharing)\b/g);
  expect(lists.size).toBeGreaterThan(5);
  expect(others.length).toBeGreaterThan(20);
  expect(others.filter((key) => lists.has(key))).toEqual([]);
});
