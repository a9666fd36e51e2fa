import { expect, test } from "vitest";
import { choose, chosenOf } from "./choosing";

test("two at most are chosen, and the first goes for a third", () => {
  let address = new URLSearchParams("removed=yes");
  for (const version of ["a", "b", "c"]) address = choose(address, version);
  expect(chosenOf(address)).toEqual(["b", "c"]);
  expect(chosenOf(choose(address, "b"))).toEqual(["c"]);
  expect(address.get("removed")).toBe("yes");
});
