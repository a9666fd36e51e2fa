import { expect, test } from "vitest";
import { choose, chosenOf, withChosen } from "./choosing";

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
