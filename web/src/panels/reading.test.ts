import { expect, test } from "vitest";
import { type Reading, readingOf, sayReading } from "./reading";

const PLAIN: Reading = { sort: [], layout: {}, asTable: false };

test.each<Partial<Reading>>([
  { sort: [{ key: "score", descending: true }] },
  {
    sort: [
      { key: "-odd", descending: false },
      { key: "+a,b", descending: true },
      { key: "-both", descending: true },
    ],
  },
  { layout: { hidden: ["label"], widths: { image: 320 } } },
  { asTable: true },
])("a panel is shown from the address as it was: %j", (part) => {
  const reading = { ...PLAIN, ...part };
  const address = String(sayReading(new URLSearchParams("board=3"), "2", reading));
  expect(address.startsWith("board=3&2.")).toBe(true);
  expect(readingOf(new URLSearchParams(address), "2")).toEqual(reading);
  expect(readingOf(new URLSearchParams(address), "12")).toEqual(PLAIN);
});

test("a panel that is shown as usual says nothing", () => {
  const said = sayReading(new URLSearchParams(), "1", { ...PLAIN, sort: [{ key: "a", descending: false }] });
  expect(String(said)).toBe("1.sort=a");
  expect(String(sayReading(said, "1", PLAIN))).toBe("");
});
