import { expect, test } from "vitest";
import { safeAddress, tabAddress } from "./address";

test.each([
  "https://example.com/a?b=c#d",
  "HTTP://example.com",
  "mailto:ada@example.com",
  "#part",
  "docs/readme.md",
  "/projects/vision",
  "a/b:c",
  "?q=a:b",
])("%s may be followed", (address) => {
  expect(safeAddress(address)).toBe(address);
});

test.each([
  "javascript:alert(1)",
  "JaVaScRiPt:alert(1)",
  " javascript:alert(1)",
  "java\nscript:alert(1)",
  "java\tscript:alert(1)",
  "\u0001javascript:alert(1)",
  "javascript\u0000:alert(1)",
  "data:text/html,<script>alert(1)</script>",
  "vbscript:msgbox(1)",
  "file:///etc/passwd",
  "blob:https://example.com/1",
  "//evil.example",
  "\\\\evil.example",
  "/\\evil.example",
  "intent://scan",
])("%j may not", (address) => {
  expect(safeAddress(address)).toBe("");
});

test("the address of a tab keeps what it says of the others", () => {
  const said = new URLSearchParams("tab=rows&where=x+%3D+1&hide=a&hide=b");
  expect(tabAddress(said, "files", "about")).toBe("?tab=files&where=x+%3D+1&hide=a&hide=b");
  expect(tabAddress(said, "about", "about")).toBe("?where=x+%3D+1&hide=a&hide=b");
  expect(String(said)).toContain("tab=rows");
});
