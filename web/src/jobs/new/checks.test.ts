import { expect, test } from "vitest";
import { check, fieldOf } from "./checks";
import { handlerOf, optionsOf, stepsOf } from "./handlers";
import { EMPTY } from "./order";

const option = (name: string, required: boolean) => ({
  name,
  required,
  opts: [`--${name}`],
  type: { name: "integer" },
});
const HANDLERS = [
  { id: "m:predict", kind: "predict", needs: [], arguments: { A: { size: option("size", false) } } },
  {
    id: "m:evaluate",
    kind: "evaluate",
    needs: ["m:predict"],
    arguments: { B: { size: option("size", true) } },
  },
  { id: "m:tune", kind: "finetune", options: { fine_tune: { require_validation_datasets: true } } },
].map(handlerOf);

test("a job is made of a handler and all that it needs", () => {
  expect(stepsOf(HANDLERS, "m:evaluate").map(({ id }) => id)).toEqual(["m:predict", "m:evaluate"]);
  expect(stepsOf(HANDLERS, "nothing")).toEqual([]);
  const circle = [
    { id: "a", needs: ["b"] },
    { id: "b", needs: ["a"] },
  ].map(handlerOf);
  expect(stepsOf(circle, "a").map(({ id }) => id)).toEqual(["b", "a"]);
});

test("an option that several steps take is asked for once", () => {
  expect(optionsOf(stepsOf(HANDLERS, "m:evaluate"))).toMatchObject([{ name: "size", required: true }]);
});

test("what is missing is told before anything is sent", () => {
  const faults = (part: object) => Object.fromEntries(check({ ...EMPTY, ...part }, HANDLERS));
  expect(faults({})).toEqual({ model: "needed", handler: "needed" });
  const order = { model: "m", handler: "m:evaluate" };
  expect(faults(order)).toEqual({ datasets: "dataset", "argument:size": "needed" });
  const whole = { ...order, datasets: ["d"], arguments: ["--size", "3"] };
  expect(faults(whole)).toEqual({});
  expect(faults({ ...whole, arguments: ["--size", "x", "--more"] })).toEqual({
    "argument:size": "integer",
    arguments: "unknown",
  });
  expect(faults({ ...whole, steps: { "m:predict": { resources: { memory: "much" } }, other: {} } })).toEqual({
    "step:m:predict:memory": "size",
    steps: "unknown",
  });
  expect(faults({ model: "m", handler: "m:tune" })).toEqual({ validation_datasets: "validation" });
  expect(faults({ model: "m", handler: "m:gone" })).toEqual({ handler: "unknown" });
});

test.each([
  ["body.priority: must be less than or equal to 1000", "priority"],
  ["--size is 'x', expected a whole number", "argument:size"],
  ["behind `--`: argument --size: expected one argument", "argument:size"],
  ["no handler of this run takes '--sizes'", null],
  ["body.log_project: must be a name", null],
  ["body.validation_datasets: must be at most 100", null],
  ["step 'm:predict' wants 0 replicas, expected 1 to 10000", "step:m:predict"],
  ["step 'm:predict' reads a dataset and none is given", "datasets"],
  ["no dataset 'nope' in project 'p'", "datasets"],
  ["there is no pool 'x'", "pool"],
  ["no runtime 'r' in project 'p'", "runtime"],
  ["the server is about to stop", null],
])("%j is about %s", (detail, field) => {
  expect(fieldOf({ detail }, { ...EMPTY, handler: "m:evaluate" }, HANDLERS)).toBe(field);
});
