import { expect, test } from "vitest";
import { KEY, NUMBER, parametersOf, viewOf } from "./view";

test.each([
  "tab=rows",
  "tab=rows&view=cards&where=a+%3D+1&at=500000&hide=b&hide=c&order=d&pin=&row=%2217%22",
  "tab=rows&pin=a&row=9223372036854775807",
  "tab=rows&width=90%23&width=200%40&width=320+a+b%2Cc&width=60+%E5%9B%BE",
  "layers-off=boxes",
])("%s is kept", (text) => {
  const parameters = new URLSearchParams(text);
  expect(String(parametersOf(viewOf(parameters), parameters))).toBe(text);
});

test("widths are those of columns, the two that each dataset has included", () => {
  const { widths } = viewOf(new URLSearchParams({ width: "90#" }));
  expect(widths).toEqual({ [NUMBER]: 90 });
  const all = "width=200%40&width=320+key&width=64+%23";
  expect(viewOf(new URLSearchParams(all)).widths).toEqual({ [KEY]: 200, key: 320, "#": 64 });
});

test("what makes no sense is left out", () => {
  expect(viewOf(new URLSearchParams("at=-1&view=x&width=wide+a&width=12"))).toMatchObject({
    at: 0,
    cards: false,
    pinned: null,
    widths: {},
  });
});
