import { expect, test } from "vitest";
import { isSwitch, moved } from "./moved";

test.each([
  ["ArrowDown", 0, 3, 1],
  ["ArrowDown", 2, 3, 0],
  ["ArrowUp", 0, 3, 2],
  ["PageDown", 0, 3, 2],
  ["PageUp", 2, 3, 0],
  ["a", 1, 3, null],
  ["ArrowDown", 0, 0, null],
])("%s at %d of %d leads to %s", (key, at, length, expected) => {
  expect(moved(key, at, length)).toBe(expected);
});

test("one of Ctrl and Command with K opens the switch, nothing else does", () => {
  const plain = { key: "k", ctrlKey: false, metaKey: false, altKey: false, shiftKey: false };
  expect(isSwitch({ ...plain, ctrlKey: true })).toBe(true);
  expect(isSwitch({ ...plain, metaKey: true, key: "K" })).toBe(true);
  expect(isSwitch(plain)).toBe(false);
  expect(isSwitch({ ...plain, ctrlKey: true, shiftKey: true })).toBe(false);
});
