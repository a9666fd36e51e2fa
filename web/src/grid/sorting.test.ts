import { expect, test } from "vitest";
import { sortedBy } from "./sorting";

test("one click sorts up, two down, three not at all", () => {
  const up = sortedBy([], "a", false);
  const down = sortedBy(up, "a", false);
  expect([up, down, sortedBy(down, "a", false)]).toEqual([
    [{ key: "a", descending: false }],
    [{ key: "a", descending: true }],
    [],
  ]);
});

test("with shift what is sorted by already stays", () => {
  const both = sortedBy([{ key: "a", descending: true }], "b", true);
  expect(both.map(({ key }) => key)).toEqual(["a", "b"]);
  expect(sortedBy(both, "b", true)[1]).toEqual({ key: "b", descending: true });
  expect(sortedBy(both, "c", false)).toEqual([{ key: "c", descending: false }]);
  expect(sortedBy(both, "a", true)).toEqual([{ key: "b", descending: false }]);
});
