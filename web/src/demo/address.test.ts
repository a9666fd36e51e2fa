import { expect, test } from "vitest";
import { sayTyped, typedIn, withoutTyped } from "./address";
import type { Input } from "./spec";
import { usualOf } from "./values";

const input = (name: string, control: Input["control"], more: Partial<Input> = {}): Input => ({
  name,
  control,
  title: name,
  description: "",
  required: false,
  media: "",
  choices: [],
  usual: undefined,
  least: undefined,
  most: undefined,
  step: undefined,
  secret: false,
  ...more,
});
const INPUTS = [
  input("text", "text", { usual: "hello" }),
  input("key", "text", { secret: true }),
  input("share", "number", { usual: 0.5 }),
  input("turns", "integer"),
  input("kind", "choice", { choices: ["a", 2, null], usual: "a" }),
  input("tags", "choices", { choices: ["x,y", "z"], usual: ["z"] }),
  input("all", "json"),
  input("fast", "yes", { usual: true }),
  input("picture", "file"),
];
const USUAL = usualOf(INPUTS);

test.each([
  [{ text: "a&b = 猫\n" }, "in.text=a%26b+%3D+%E7%8C%AB%0A"],
  [{ text: "" }, "in.text="],
  [{ share: 0.25, turns: 7 }, "in.share=0.25&in.turns=7"],
  [{ share: null }, "in.share="],
  [{ kind: "1" }, "in.kind=2"],
  [{ tags: ["0", "1"] }, "in.tags=x%2Cy&in.tags=z"],
  [{ tags: [] }, "in.tags="],
  [{ all: '{"a": 1}', fast: false }, "in.all=%7B%22a%22%3A+1%7D&in.fast=false"],
])("%j is seen again from the address", (part, said) => {
  const typed = { ...USUAL, ...part };
  const address = sayTyped(new URLSearchParams("function=read&in.text=before"), INPUTS, typed);
  expect(String(address)).toBe(`function=read&${said}`);
  expect(typedIn(address, INPUTS)).toEqual(typed);
  expect(String(withoutTyped(address))).toBe("function=read");
});

test("what a form begins with, files, secrets and what is long are not in the address", () => {
  const typed = { ...USUAL, key: "sesame", picture: [new File(["x"], "x.png")], all: "[".repeat(5000) };
  expect(String(sayTyped(new URLSearchParams(), INPUTS, typed))).toBe("");
  const address = new URLSearchParams("in.key=sesame&in.picture=x");
  expect(typedIn(address, INPUTS)).toEqual(USUAL);
});

test("all that is typed together does not become an address that nobody takes", () => {
  const inputs = Array.from({ length: 20 }, (_, at) => input(`text${at}`, "text"));
  const typed = Object.fromEntries(inputs.map(({ name }) => [name, "猫".repeat(100)]));
  expect(String(sayTyped(new URLSearchParams(), inputs, typed)).length).toBeLessThan(4100);
});

test("what an input cannot be is as usual", () => {
  const address = new URLSearchParams("in.share=much&in.kind=b&in.tags=none&in.unknown=1");
  expect(typedIn(address, INPUTS)).toEqual({ ...USUAL, tags: [] });
});
