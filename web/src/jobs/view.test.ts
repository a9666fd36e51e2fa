import { expect, test } from "vitest";
import { asked, isNarrow, parametersOf, type View, viewOf, WHOLE } from "./view";

const FULL: View = {
  text: "a b&c=d 零",
  states: ["RUNNING", "FAIL", "UNKNOWN"],
  model: "digits",
  handler: "evaluate",
  owner: "ada",
  pinned: true,
  trash: true,
  sort: "handler",
  descending: true,
  trail: ["MToy", "MToz"],
};

test("every view has an address that leads back to it", () => {
  for (const view of [WHOLE, FULL, { ...WHOLE, trail: ["MToy"] }, { ...FULL, sort: null }])
    expect(viewOf(new URLSearchParams(parametersOf(view).toString()))).toEqual(view);
  expect(parametersOf(WHOLE).toString()).toBe("");
});

test("what an address says that we do not know is passed over", () => {
  expect(viewOf(new URLSearchParams("state=DREAMING&sort=<script>&pinned=yes&more=1"))).toEqual(WHOLE);
});

test("the server is asked for the page that was turned to last, and for nothing needless", () => {
  expect(asked(WHOLE)).toEqual({ size: 50 });
  expect(asked(FULL)).toMatchObject({
    cursor: "MToz",
    state: ["RUNNING", "FAIL", "UNKNOWN"],
    sort: "handler",
  });
});

test("the trash alone is nothing that one looks for", () => {
  expect(isNarrow({ ...WHOLE, trash: true })).toBe(false);
  expect(isNarrow({ ...WHOLE, states: ["FAIL"] })).toBe(true);
});
