import { expect, test } from "vitest";
import { safeNext } from "./me";

test.each([
  ["/projects/vision?sort=name", "/projects/vision?sort=name"],
  [null, "/projects"],
  ["", "/projects"],
  ["//evil.example", "/projects"],
  ["/\\evil.example", "/projects"],
  ["https://evil.example", "/projects"],
  ["javascript:alert(1)", "/projects"],
  ["/login?next=/login", "/projects"],
])("after signing in, %s leads to %s", (next, expected) => {
  expect(safeNext(next)).toBe(expected);
});
