import { expect, test } from "vitest";
import { layoutOf, sayLayout } from "./address";

test("an address says which columns are shown, and how", () => {
  const layout = { order: ["b,c", "a%"], hidden: [], pinned: ["id"], widths: { "a b": 120 } };
  const address = sayLayout(new URLSearchParams("jobs=1,2&hide=x"), layout);
  expect(address.get("jobs")).toBe("1,2");
  expect(layoutOf(new URLSearchParams(address.toString()))).toEqual(layout);
  expect(sayLayout(address, {}).toString()).toBe("jobs=1%2C2");
});

test("what an address does not say is as usual", () => {
  expect(layoutOf(new URLSearchParams())).toEqual({});
  expect(layoutOf(new URLSearchParams("hide=a"), { hidden: ["b"], pinned: ["c"] })).toEqual({
    hidden: ["a"],
    pinned: ["c"],
  });
  expect(layoutOf(new URLSearchParams("width=x a,30 b"))).toEqual({ widths: { b: 30 } });
});

test("two grids in one address do not disturb each other", () => {
  const first = sayLayout(new URLSearchParams(), { order: ["a", "b"] });
  const both = sayLayout(first, { pinned: ["b"], widths: { a: 90 } }, "other.");
  expect(layoutOf(both)).toEqual({ order: ["a", "b"] });
  expect(layoutOf(both, {}, "other.")).toEqual({ pinned: ["b"], widths: { a: 90 } });
});
