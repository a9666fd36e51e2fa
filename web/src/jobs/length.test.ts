import { expect, test } from "vitest";
import { lasted, lengthOf, shortLengthOf } from "./length";

test.each([
  [-5, "0 sec"],
  [1_240, "1.2 sec"],
  [59_400, "59 sec"],
  [60_000, "1 min"],
  [125_900, "2 min 5 sec"],
  [3_600_000, "1 hr"],
  [93_600_000, "1 day 2 hr"],
])("%d ms read %s", (milliseconds, text) => {
  expect(lengthOf(milliseconds, "en")).toBe(text);
});

test("less than a second is told in milliseconds", () => {
  expect([999.4, 1_000].map((each) => shortLengthOf(each, "en"))).toEqual(["999 ms", "1 sec"]);
});

test("what runs is as long as it has run until now, what has not begun has no length", () => {
  const started_at = "2026-01-01T00:00:00Z";
  const now = Date.parse("2026-01-01T00:01:00Z");
  expect(lasted({ started_at, finished_at: null }, now)).toBe(60_000);
  expect(lasted({ started_at, finished_at: "2026-01-01T00:00:01Z" }, now)).toBe(1_000);
  expect(lasted({ started_at: null, finished_at: null }, now)).toBeUndefined();
});
