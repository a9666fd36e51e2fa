import { expect, test } from "vitest";
import { planOf } from "./plan";
import type { Step, Task } from "./queries";
import { countsOf, stepViews } from "./steps";

const task = (state: string, index: number): Task => ({
  id: `0.${index}`,
  step: 0,
  index,
  state,
  attempt: 1,
  worker: "",
  cause: "",
  started_at: null,
  finished_at: null,
  usage: null,
});
const step = (position: number, handler: string, tasks: Task[], rows = 0): Step => ({
  position,
  handler,
  state: "RUNNING",
  cause: "",
  rows,
  done: rows / 2,
  failed: 0,
  started_at: null,
  finished_at: null,
  tasks,
  usage: null,
});

test("a step of five hundred tasks is one node with a number for each state", () => {
  const tasks = Array.from({ length: 500 }, (_, index) =>
    task(index < 490 ? "SUCCESS" : index < 497 ? "RUNNING" : "FAIL", index),
  );
  expect(countsOf(tasks)).toEqual([
    ["FAIL", 3],
    ["RUNNING", 7],
    ["SUCCESS", 490],
  ]);
  const spec = (id: string, needs: string[]) => ({ spec: { id, needs } });
  const plan = planOf({
    project: "p",
    plan: { steps: [spec("m:one", []), spec("m:two", ["m:one", "m:gone"])] },
  });
  const [one, two] = stepViews({ steps: [step(0, "m:one", tasks), step(1, "m:two", [], 80)] }, plan);
  expect(one?.progress).toEqual({ rows: 500, done: 493, failed: 3 });
  expect(two).toMatchObject({ needs: [0], progress: { rows: 80, done: 40 } });
});

test("what a later release has written is read as far as it is understood", () => {
  expect(countsOf([task("DREAMING", 0)])).toEqual([["UNKNOWN", 1]]);
  expect(planOf({ project: "p", plan: { steps: "none", arguments: [1, "--x"] } })).toMatchObject({
    steps: [],
    arguments: ["--x"],
    logProject: "p",
  });
});
