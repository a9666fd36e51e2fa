import { expect, test } from "vitest";
import { changedAlike } from "./selection";

const set = (...keys: string[]): ReadonlySet<string> => new Set(keys);

test("what was selected since a selection was seen stays when that is changed", () => {
  expect(changedAlike(set("a", "b"), set("a"), set("a", "c"))).toEqual(set("a", "b", "c"));
  expect(changedAlike(set("a", "b"), set("a"), set())).toEqual(set("b"));
});
