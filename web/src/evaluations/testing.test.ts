import { afterAll, expect, test } from "vitest";
import { timeOf } from "../panels/values";
import { testOf } from "./testing";

const zone = process.env.TZ;

afterAll(() => {
  if (zone === undefined) delete process.env.TZ;
  else process.env.TZ = zone;
});

test.each([
  // On the day of each, clocks are put forward: it has 23 hours.
  ["America/New_York", "2026-03-08", "2026-03-08T05:00:00Z", "2026-03-09T03:59:59Z"],
  ["Asia/Shanghai", "2026-03-08", "2026-03-07T16:00:00Z", "2026-03-08T15:59:59Z"],
])("in %s a day is the one that is shown there", (name, day, first, last) => {
  process.env.TZ = name;
  const lets = testOf({ column: "job:when", op: "days", from: day, to: day });
  const around = (text: string, seconds: number) => new Date(Date.parse(text) + seconds * 1000).toISOString();
  expect([around(first, -1), first, last, around(last, 1)].map(lets)).toEqual([false, true, true, false]);
  const instant = (v: string) => ({ $: "instant", v });
  expect([instant(first), instant(around(last, 1))].map(lets)).toEqual([true, false]);
});

test("a day, and a time that names no zone, are of whoever looks", () => {
  process.env.TZ = "America/New_York";
  const lets = testOf({ column: "day", op: "days", from: "2026-03-08", to: "2026-03-08" });
  const day = (v: string) => ({ $: "date", v });
  const time = (v: string) => ({ $: "datetime", v });
  expect([day("2026-03-08"), time("2026-03-08T23:59:59"), "2026-03-08"].map(lets)).toEqual([
    true,
    true,
    true,
  ]);
  expect([day("2026-03-07"), time("2026-03-09T00:00:00"), "2026-03-09"].map(lets)).toEqual([
    false,
    false,
    false,
  ]);
  expect(new Date(timeOf(day("2026-03-08")) ?? 0).getDate()).toBe(8);
});
