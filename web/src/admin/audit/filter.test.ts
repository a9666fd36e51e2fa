import { expect, test } from "vitest";
import { exportOf, gist, localOf, queryOf, zonedOf } from "./filter";

const NONE = { name: "", actor: "", project: "", since: "", until: "" };

test("what is not said is not asked", () => {
  expect(queryOf(NONE)).toEqual({});
  expect(queryOf({ ...NONE, since: "rubbish" })).toEqual({});
});

test("times are those of whoever looks, and asked for with their zone", () => {
  const { since } = queryOf({ ...NONE, since: "2026-01-31T12:00" });
  expect(new Date(since ?? "").getTime()).toBe(new Date(2026, 0, 31, 12).getTime());
  expect(since).toMatch(/Z$/);
});

test("the address says times with their zone, and the field those of the clock beside it", () => {
  expect(zonedOf("2026-01-31T12:05")).toBe(new Date(2026, 0, 31, 12, 5).toISOString());
  expect(localOf(new Date(2026, 0, 31, 12, 5).toISOString())).toBe("2026-01-31T12:05");
  expect([localOf(""), localOf("rubbish"), zonedOf(""), zonedOf("x")]).toEqual(["", "", "", ""]);
});

test("a file of events is that of what is shown", () => {
  expect(exportOf(NONE)).toBe("/api/v1/events/export");
  expect(exportOf({ ...NONE, project: "a/b", name: "member." })).toBe(
    "/api/v1/projects/a%2Fb/events/export?name=member.",
  );
});

test("the gist of an event leaves out what is long or nothing", () => {
  expect(gist({ user: "ada", admin: false, project: "vision", more: { a: 1 }, none: null })).toBe(
    "user ada · admin false",
  );
  expect(gist({ text: "x".repeat(100) })).toBe(`text ${"x".repeat(40)}`);
});
