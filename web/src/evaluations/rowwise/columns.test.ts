import { expect, test } from "vitest";
import { sidesOf, titleOf } from "./columns";

test("what was read stands once, what each has made of it side by side", () => {
  const one = [
    { name: "input/image", type: "image" },
    { name: "input/label", type: "int" },
    { name: "output", type: "int" },
    { name: "correct", type: "bool" },
    { name: "duration_seconds", type: "float" },
  ];
  const sides = sidesOf([one, [...one, { name: "score", type: "float" }]]);
  expect(sides).toEqual({
    inputs: ["input/image", "input/label"],
    outputs: ["output", "correct", "score"],
    ordering: ["output", "correct", "score"],
    rights: ["correct", "output==input/label"],
  });
  expect(sides.inputs.map(titleOf)).toEqual(["image", "label"]);
  expect(sidesOf([])).toEqual({ inputs: [], outputs: [], ordering: [], rights: [] });
});
