import { expect, test } from "vitest";
import type { Input } from "./spec";
import { argumentsOf, base64Of, bytesOf, faultsOf, usualOf } from "./values";

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
  input("text", "text", { required: true }),
  input("note", "text", { usual: "" }),
  input("one", "number", { usual: 0.5 }),
  input("kind", "choice", { choices: ["a", 2], usual: 2, required: true }),
  input("tags", "choices", { choices: ["x", "y"] }),
  input("all", "json"),
  input("fast", "yes"),
  input("picture", "file", { required: true }),
];

test("what a form begins with is what the function would take by itself", async () => {
  const typed = usualOf(INPUTS);
  expect(faultsOf(INPUTS, typed)).toEqual({ picture: "needed" });
  expect(await argumentsOf(INPUTS, typed)).toEqual({ text: "", one: 0.5, kind: 2, tags: [], fast: false });
});

test("what was typed becomes arguments, files as Base64", async () => {
  const picture = new File([new Uint8Array([0, 255, 10])], "dot.png", { type: "image/png" });
  const typed = {
    ...usualOf(INPUTS),
    text: "hi",
    one: null,
    kind: "0",
    tags: ["1"],
    all: '{"a": [1]}',
    picture: [picture],
  };
  expect(faultsOf(INPUTS, typed)).toEqual({});
  expect(await argumentsOf(INPUTS, typed)).toEqual({
    text: "hi",
    kind: "a",
    tags: ["y"],
    all: { a: [1] },
    fast: false,
    picture: { data: "AP8K", mime_type: "image/png", display_name: "dot.png" },
  });
  expect(faultsOf(INPUTS, { ...typed, all: "{" })).toEqual({ all: "json" });
});

test("bytes of any number go to Base64 and back", () => {
  const bytes = Uint8Array.from({ length: 100_000 }, (_, at) => at % 256);
  expect(bytesOf(base64Of(bytes))).toEqual(bytes);
});
