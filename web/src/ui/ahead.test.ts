import { expect, test } from "vitest";
import { beginning, followed, isAhead, told, wrote } from "./ahead";

const typed = (text: string) => told(wrote(beginning(""), text));

test("what comes back of what was told takes no letters from what was typed since", () => {
  const field = followed(wrote(typed("lo"), "loss"), "lo");
  expect(field.shown).toBe("loss");
  expect(isAhead(field)).toBe(true);
});

test("of several that were told the page may skip some", () => {
  const field = followed(told(wrote(typed("a"), "ab")), "ab");
  expect([field.shown, field.told]).toEqual(["ab", []]);
  expect(isAhead(field)).toBe(false);
});

test("what the page has from elsewhere is shown, whatever was typed", () => {
  const field = followed(wrote(followed(typed("loss"), "loss"), "losses"), "");
  expect([field.shown, isAhead(field)]).toEqual(["", false]);
});

test("what was told is not told again while the page has not followed", () => {
  expect(isAhead(typed("loss"))).toBe(false);
  expect(isAhead(wrote(typed("loss"), ""))).toBe(true);
});
