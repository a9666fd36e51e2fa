import { expect, test } from "vitest";
import { elsewhere, safeNext } from "./me";

test.each([
  ["/projects/vision?sort=name", "/projects/vision?sort=name"],
  [null, "/projects"],
  ["", "/projects"],
  ["//evil.example", "/projects"],
  ["/\\evil.example", "/projects"],
  ["https://evil.example", "/projects"],
  ["javascript:alert(1)", "/projects"],
  ["/login?next=/login", "/projects"],
  ["/\t/evil.example", "/projects"],
  ["/projects/\\evil.example", "/projects"],
])("after signing in, %s leads to %s", (next, expected) => {
  expect(safeNext(next)).toBe(expected);
});

test("another provider leads to the page that one wanted to see, as servers read addresses", () => {
  const after = (next: string) => new URL(elsewhere(next), "https://ours.invalid").searchParams.get("after");
  expect(after("/projects/vision?sort=name&x=1")).toBe("/projects/vision?sort=name&x=1");
  expect(after("/projects/模型?search=猫")).toBe("/projects/%E6%A8%A1%E5%9E%8B?search=%E7%8C%AB");
  expect(after(`/projects?search=${"a".repeat(2000)}`)).toBe("home");
});
