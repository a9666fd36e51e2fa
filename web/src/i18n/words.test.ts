import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { guess } from ".";
import en from "./en";
import { PARTS } from "./parts";
import zh from "./zh";

type Tree = { [key: string]: string | Tree };

function leaves(tree: Tree, path = ""): [string, string][] {
  return Object.entries(tree).flatMap(([key, value]) =>
    typeof value === "string" ? [[path + key, value] as [string, string]] : leaves(value, `${path}${key}.`),
  );
}

async function parts(language: "en" | "zh"): Promise<Tree> {
  const known = Object.entries(PARTS);
  return Object.fromEntries(
    await Promise.all(known.map(async ([part, words]) => [part, (await words[language]()).default])),
  );
}

const english = new Map(leaves({ ...en, ...(await parts("en")) }));
const chinese = new Map(leaves({ ...zh, ...(await parts("zh")) }));
const sources = readdirSync("src", { recursive: true, encoding: "utf8" })
  .filter((name) => /(?<!\.test|schema\.d|(i18n|words)\/\w+)\.tsx?$/.test(name))
  .map((name) => [name, readFileSync(join("src", name), "utf8")] as const);

test("every text is there in both languages, with the same blanks", () => {
  const blanks = (text: string) => [...text.matchAll(/{{\w+}}|<\d>/g)].map(String).sort();
  for (const [key, text] of english) {
    expect(chinese.has(key), key).toBe(true);
    expect(blanks(chinese.get(key) ?? ""), key).toEqual(blanks(text));
  }
  const more = [...chinese.keys()].filter((key) => !english.has(key));
  expect(more).toEqual([]);
});

test("no Chinese text stands in the code", () => {
  for (const [name, text] of sources) expect(text.match(/[\u3400-\u9fff\uff00-\uffef]/), name).toBeNull();
});

test("no English text stands between tags or in what is read aloud", () => {
  for (const [name, text] of sources) {
    expect(text.match(/^\s*[A-Z][a-z]+ [a-z]+.*$(?=\s*<\/)/m), name).toBeNull();
    expect(text.match(/(aria-label|placeholder|title|alt)="[^"]*[a-z][^"]*"/), name).toBeNull();
  }
});

test("every text is used", () => {
  const all = sources.map(([, text]) => text).join("\n");
  const begun = (key: string) => key.slice(0, key.lastIndexOf("."));
  const used = (key: string) => all.includes(`"${key}"`) || all.includes(`\`${begun(key)}.\${`);
  expect([...english.keys()].filter((key) => !key.startsWith("problem.") && !used(key))).toEqual([]);
});

test.each([
  [["zh-CN", "en"], "zh"],
  [["zh-Hant-TW"], "zh"],
  [["de-DE", "en-GB", "zh"], "en"],
  [["fr"], "en"],
  [[], "en"],
])("of %j the first that is spoken is %s", (wanted, expected) => {
  expect(guess(wanted)).toBe(expected);
});
