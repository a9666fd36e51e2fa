import { expect, test } from "vitest";
import { shownAmount } from "./Steps";

test.each([
  ["1.", 1],
  ["0.", 0],
  ["0.50", 0.5],
  ["1.5", 1.5],
])("what is typed as %s stays as it is typed", (typed, given) => {
  expect(shownAmount("cpu", typed, given, "en-GB")).toBe(typed);
});

test("an amount that was set elsewhere is shown in the place of what was typed", () => {
  expect(shownAmount("cpu", "1.", 2, "en-GB")).toBe("2");
  expect(shownAmount("cpu", "", undefined, "en-GB")).toBe("");
  expect(shownAmount("memory", "8Gi", "8Gi", "en-GB")).toBe("8Gi");
  expect(shownAmount("cpu", undefined, { request: 2 }, "en-GB")).toBe("2");
});
