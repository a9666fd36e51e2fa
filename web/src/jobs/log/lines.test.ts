import { expect, test } from "vitest";
import { joined, linesOf, linesOfText, plainOf, shownOf, spansOf } from "./lines";

const bytes = (text: string) => new TextEncoder().encode(text);

test("a line knows the byte at which it begins", () => {
  expect(linesOf(bytes("é\nb\n\nc"), 100)).toEqual([
    { at: 100, text: "é", open: false },
    { at: 103, text: "b", open: false },
    { at: 105, text: "", open: false },
    { at: 106, text: "c", open: true },
  ]);
  expect(linesOf(bytes(""), 5)).toEqual([]);
});

test("what was cut in two is one line again", () => {
  const first = linesOfText("one\ntw", 0);
  expect(joined(first, linesOfText("o\nthree", 6)).map(({ text }) => text)).toEqual(["one", "two", "three"]);
  expect(joined([], first)).toEqual(first);
  expect(joined(first, [])).toEqual(first);
});

test("where a program writes over its line, the last is shown", () => {
  expect(shownOf("10 %\r50 %\r100 %")).toBe("100 %");
  expect(shownOf("windows\r")).toBe("windows");
});

test("colours of terminals are kept, and nothing else of theirs", () => {
  expect(spansOf("a\u001b[1;31mred\u001b[0m b\u001b[2K")).toEqual([
    { text: "a", style: "" },
    { text: "red", style: "ansi-bold ansi-red" },
    { text: " b", style: "" },
  ]);
  expect(plainOf("\u001b]0;title\u0007\u001b[92mok\u001b[39m")).toBe("ok");
});
