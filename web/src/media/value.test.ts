import { expect, test } from "vitest";
import { brief } from "./brief";
import { exactJson, parseExactly } from "./exact";
import { shownOf } from "./value";

const WORD = "/api/v1/media/3.WyJhIl0.c2ln-_";

test.each([
  [undefined, "absent"],
  [null, "nothing"],
  ["", "text"],
  ["<b>", "text"],
  [1.5, "number"],
  [true, "truth"],
  [[1, 2], "tree"],
  [{ a: 1 }, "tree"],
  [{ type: "cat" }, "tree"],
  [{ type: "constructor", mime: "", size: 1 }, "tree"],
  [{ type: "image", mime: "image/png", size: 3, url: WORD }, "image"],
  [{ type: "grayscale_image", mime: "x/grayscale", size: 3, url: WORD }, "image"],
  [{ type: "text", mime: "text/plain", size: 3, url: WORD }, "writing"],
  [{ type: "ndarray", mime: "application/octet-stream", size: 3, url: WORD, shape: [3] }, "array"],
  [{ type: "bytes", size: 3, head: "00ff00" }, "bytes"],
  [{ type: "bounding_box", x: 1, y: 2, width: 3, height: 4, whole: true }, "figure"],
  [{ type: "class_label", names: ["cat"] }, "names"],
  [{ type: "link", uri: "s3://b/k" }, "link"],
  [{ $: "float", v: "nan" }, "number"],
  [{ $: "bigint", v: "9007199254740993" }, "number"],
  [{ $: "datetime", v: "2026-01-31T12:00:00" }, "time"],
  [{ $: "tuple", v: [1] }, "tree"],
  [{ $: "map", v: [[1, 2]] }, "tree"],
  [{ $: "image", size: 3, mime_type: "image/png", at: [], d: "AAAA" }, "image"],
  [{ $: "bounding_box", v: { x: 1, y: 2, width: 3, height: 4 } }, "figure"],
  [{ $: "unreadable" }, "tree"],
])("%j is shown as %s", (value, kind) => {
  expect(shownOf(value).kind).toBe(kind);
});

test.each([
  "https://evil.example/x.png",
  "//evil.example/x.png",
  "javascript:alert(1)",
  "data:text/html,<script>alert(1)</script>",
  "blob:https://evil.example/1",
  "/api/v1/media/../logout",
  "/api/v1/media/a/b",
  "/api/v1/projects/x/tables/../../me?media?",
])("nothing is fetched from %s", (url) => {
  const shown = shownOf({ type: "image", mime: "image/png", size: 3, url });
  expect("source" in shown && shown.source.url).toBe("");
});

test("bytes that come along are no more than bytes", () => {
  const shown = shownOf({ $: "image", size: 3, mime_type: "text/html", d: "PGI+" });
  expect("source" in shown && shown.source.url).toBe("data:application/octet-stream;base64,PGI+");
  const other = shownOf({ $: "image", size: 3, d: '"><script>' });
  expect("source" in other && other.source.url).toBe("");
});

test("integers keep all their digits, and texts are let alone", () => {
  const text =
    '{"a":9223372036854775807,"b":[1,-9007199254740993],"c":"12345678901234567890 \\"9999999999999999999","d":0.12345678901234567891,"e":1e300}';
  const value = parseExactly(text) as Record<string, unknown>;
  expect(value.a).toEqual({ $: "bigint", v: "9223372036854775807" });
  expect(value.c).toBe('12345678901234567890 "9999999999999999999');
  expect([value.d, value.e]).toEqual([0.12345678901234568, 1e300]);
  expect(exactJson(value, 0)).toContain('"a":9223372036854775807,"b":[1,-9007199254740993]');
});

test("a value is told on one line", () => {
  expect(brief({ a: [1, "x", null], b: { c: { d: { e: 1 } } } })).toBe(
    '{a: [1, "x", null], b: {c: {d: {…}}}}',
  );
  expect(brief([{ type: "bounding_box", x: 1, y: 2.345, width: 3, height: 4 }])).toBe(
    "[bounding_box(1, 2.35, 3, 4)]",
  );
  expect(brief("x\ny".repeat(100), 10)).toBe("x yx yx yx…");
});

test.each([
  ["/api/v1/projects/p/tables/media?path=t&id=1", true],
  ["/api/v1/shared/reports/secret-word/media?cell=1.x.y", true],
  ["/api/v1/shared/reports/secret-word/panels/0", false],
  ["/api/v1/logout", false],
  ["https://elsewhere.example/api/v1/media/1.x.y", false],
])("of the address %s that a cell claims, it is %s that the server gave it", (url, ours) => {
  const shown = shownOf({ $: "image", size: 10_000, at: [], url });
  expect("source" in shown && shown.source.url === url).toBe(ours);
});
