import { expect, test } from "vitest";
import { parametersOf, viewOf } from "./view";

test.each([
  "tab=rows",
  "tab=rows&view=cards&where=a+%3D+1&at=500000&hide=b&hide=c&order=d&pin=&row=%2217%22",
  "tab=rows&pin=a&row=9223372036854775807",
])("%s is kept", (text) => {
  const parameters = new URLSearchParams(text);
  expect(String(parametersOf(viewOf(parameters), parameters))).toBe(text);
});

test("what makes no sense is left out", () => {
  expect(viewOf(new URLSearchParams("at=-1&view=x"))).toMatchObject({ at: 0, cards: false, pinned: null });
});
