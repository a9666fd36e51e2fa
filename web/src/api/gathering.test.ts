import { expect, test } from "vitest";
import { gathering } from "./gathering";

test("what is asked for together is asked for with one question", async () => {
  const asked: string[][] = [];
  const ask = gathering(async (names) => {
    asked.push(names);
    return names.map((name) => `${name}!`);
  }, 200);
  expect(await Promise.all([ask("one"), ask("two"), ask("one")])).toEqual(["one!", "two!", "one!"]);
  expect(asked).toEqual([["one", "two"]]);
  await Promise.all(Array.from({ length: 201 }, (_, each) => ask(String(each))));
  expect(asked.map(({ length }) => length)).toEqual([2, 200, 1]);
});

test("everybody learns of a question that failed", async () => {
  const ask = gathering(() => Promise.reject(new Error("no network")), 200);
  const found = await Promise.allSettled([ask("one"), ask("two")]);
  expect(found.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
});
