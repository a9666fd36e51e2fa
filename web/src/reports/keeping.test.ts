import { expect, test } from "vitest";
import type { Answer } from "../panels/asks";
import { kept } from "./keeping";

const address = "/api/v1/projects/p/tables/media?path=t&id=1";
const answer = (values: Record<string, unknown>): Answer => ({
  rows: [{ id: 1, values }],
  groups: [],
  edges: [],
});
const bytes = async () => new Uint8Array([1, 2, 3]);
const valuesOf = ([first]: Answer[]) => first?.rows[0]?.values;

test("what is frozen holds the bytes of its media, and leads nowhere any more", async () => {
  const image = { $: "image", size: 3, at: [], url: address, mime_type: "image/png" };
  expect(valuesOf(await kept([answer({ seen: image, many: [{ deep: image }] })], bytes))).toEqual({
    seen: { $: "image", size: 3, at: [], mime_type: "image/png", d: "AQID" },
    many: [{ deep: { $: "image", size: 3, at: [], mime_type: "image/png", d: "AQID" } }],
  });
});

test("bytes that came along are those that are kept", async () => {
  const image = { $: "image", size: 3, at: [], url: address, d: "BBBB" };
  expect(valuesOf(await kept([answer({ seen: image })], bytes))).toEqual({
    seen: { $: "image", size: 3, at: [], d: "BBBB" },
  });
});

test("what is large, gone, or no media stays as it is", async () => {
  const large = { $: "video", size: 300_000, at: [], url: address };
  expect(valuesOf(await kept([answer({ large, note: { url: address }, n: 1 })], bytes))).toEqual({
    large,
    note: { url: address },
    n: 1,
  });
  const gone = { $: "image", size: 3, at: [], url: address };
  expect(valuesOf(await kept([answer({ gone })], async () => undefined))).toEqual({ gone });
});

test("all together are not more than a report has room for", async () => {
  const image = { $: "image", size: 200_000, at: [], url: address };
  const values = Object.fromEntries(Array.from({ length: 8 }, (_, place) => [`c${place}`, image]));
  const found = Object.values(valuesOf(await kept([answer(values)], bytes)) ?? {});
  expect(found.filter((each) => "d" in (each as object))).toHaveLength(5);
});
