import { expect, test } from "vitest";
import { choose, chosenOf, withChosen } from "./choosing";
import { before } from "./kinds";

test("two at most are chosen, and the first goes for a third", () => {
  const chosen = ["a", "b", "c"].reduce<string[]>(choose, []);
  expect(chosen).toEqual(["b", "c"]);
  expect(choose(chosen, "b")).toEqual(["c"]);
});

test("the address says what is chosen, and leads back to it", () => {
  const address = withChosen(new URLSearchParams("removed=yes&chosen=x"), ["a", "b"]);
  expect(address.toString()).toBe("removed=yes&chosen=a&chosen=b");
  expect(chosenOf(address)).toEqual(["a", "b"]);
});

test("the version before is the newest of those that are older, also where one between has been removed", () => {
  const versions = [{ seq: 5 }, { seq: 4 }, { seq: 2 }, { seq: 0 }];
  expect(before(5, versions)).toEqual({ seq: 4 });
  expect(before(4, versions)).toEqual({ seq: 2 });
  expect(before(0, versions)).toBeUndefined();
});
