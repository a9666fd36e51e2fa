import { expect, test } from "vitest";
import type { Version } from "./kinds";
import { wantedBy } from "./wanted";

const version = (seq: number, id: string, tags: string[], message = ""): Version =>
  ({ seq, version: id, tags: [...tags, `v${seq}`], message }) as Version;

const HERE = [version(80, "mfrggzdf", ["latest", "good"], "learns slower"), version(79, "nbswy3dp", [])];

test.each([
  ["", [80, 79], ""],
  ["GOOD", [80], "GOOD"],
  ["good", [80], ""],
  ["slower", [80], "slower"],
  ["nbswy", [79], ""],
  ["v8", [80], "v8"],
  ["7", [79], "v7"],
  ["79", [79], ""],
  ["released.1", [], "released.1"],
  ["a b", [], ""],
])("%j means %j of those at hand, and asks for %j", (typed, found, ask) => {
  const wanted = wantedBy(typed, HERE);
  expect([wanted.found.map(({ seq }) => seq), wanted.ask]).toEqual([found, ask]);
});
