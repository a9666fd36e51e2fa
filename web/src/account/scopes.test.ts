import { expect, test } from "vitest";
import { endOf, SCOPES, scopesOf } from "./scopes";

test("a token is for everything, for reading, or for what is chosen", () => {
  expect(scopesOf("all", ["job:read"])).toBeNull();
  expect(scopesOf("reading", [])).toEqual(["*:read"]);
  expect(scopesOf("chosen", ["job:read"])).toEqual(["job:read"]);
});

test("rights are named once", () => {
  expect(new Set(SCOPES).size).toBe(SCOPES.length);
});

test("a token ends so many days from now, or never", () => {
  expect(endOf(7, new Date("2030-01-01T00:00:00Z"))).toBe("2030-01-08T00:00:00.000Z");
  expect(endOf(0)).toBeNull();
});
