import { expect, test } from "vitest";
import { argumentsOf, entriesOf, type Handler, handlerOf, stagesOf } from "./handlers";

const step = (id: string, needs: string[] = [], more: Record<string, unknown> = {}): Handler =>
  handlerOf({ id, name: id, kind: "handler", needs, ...more });
const names = (stages: Handler[][]) => stages.map((stage) => stage.map(({ id }) => id));

const option = (name: string, more: Record<string, unknown> = {}) => ({
  name,
  opts: [`--${name}`, `--${name.replaceAll("_", "-")}`],
  type: { name: "integer", choices: null },
  default: "64",
  required: false,
  ...more,
});

test("a handler is read with what it asks for", () => {
  const told = handlerOf({
    id: "m:train",
    kind: "finetune",
    replicas: 2,
    needs: ["m:fetch"],
    resources: { cpu: { request: 1, limit: 2 }, "nvidia.com/gpu": { limit: 1 } },
    expose: 8080,
    require_dataset: true,
    options: { fine_tune: { require_validation_datasets: true } },
    arguments: {
      "m:Options": { batch_size: option("batch_size"), secret: option("secret", { hidden: true }) },
    },
  });
  expect(told).toMatchObject({
    name: "m:train",
    replicas: 2,
    port: 8080,
    needsDataset: true,
    needsValidation: true,
    resources: [
      ["cpu", 1],
      ["nvidia.com/gpu", 1],
    ],
  });
  expect(told.arguments).toMatchObject([{ option: "--batch-size", type: "integer", usual: "64" }]);
});

test("what is no handler is shown as nothing worse than an empty one", () => {
  for (const strange of [{}, { id: 3, needs: "x", arguments: [1], resources: null, options: "y" }])
    expect(handlerOf(strange)).toMatchObject({
      id: "",
      needs: [],
      arguments: [],
      resources: [],
      replicas: 1,
    });
});

test("steps come in stages, those that are needed first", () => {
  const all = [step("fetch"), step("embed", ["fetch"]), step("describe", ["fetch"]), step("other")];
  const handlers = [...all, step("index", ["embed", "describe"])];
  expect(names(stagesOf(handlers, "index"))).toEqual([["fetch"], ["embed", "describe"], ["index"]]);
  expect(names(stagesOf(handlers, "other"))).toEqual([["other"]]);
  expect(entriesOf(handlers).map(({ id }) => id)).toEqual(["other", "index"]);
});

test("a step that is needed at two distances waits for the longer way", () => {
  const handlers = [step("c", ["a", "b"]), step("b", ["a"]), step("a")];
  expect(names(stagesOf(handlers, "c"))).toEqual([["a"], ["b"], ["c"]]);
});

test("handlers that need each other, or what is not there, do not hang the page", () => {
  const handlers = [step("a", ["b", "gone"]), step("b", ["a"])];
  expect(names(stagesOf(handlers, "a")).flat().sort()).toEqual(["a", "b"]);
});

test("a service is run by itself also where others need it", () => {
  const handlers = [step("serve", [], { expose: 8080 }), step("ask", ["serve"])];
  expect(entriesOf(handlers).map(({ id }) => id)).toEqual(["serve", "ask"]);
});

test("an option that several steps take is one, those that are required come first", () => {
  const one = step("a", [], { arguments: { x: { size: option("size") } } });
  const other = step("b", [], {
    arguments: { x: { size: option("size"), n: option("n", { required: true }) } },
  });
  const found = argumentsOf([one, other]);
  expect(found.map((each) => [each.option, each.of.map(({ id }) => id)])).toEqual([
    ["--n", ["b"]],
    ["--size", ["a", "b"]],
  ]);
});
