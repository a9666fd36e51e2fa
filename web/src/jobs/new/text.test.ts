import { expect, test } from "vitest";
import { EMPTY, type Order, orderOfBlueprint } from "./order";
import { fromText, toText } from "./text";

const FULL: Order = {
  model: "digits/version/latest",
  handler: "m:train",
  datasets: ["a", "cloud: # not a comment", "零"],
  validation_datasets: ["b"],
  dataset_head: 5,
  runtime: "none",
  pool: "gpus",
  arguments: ["--rate", "0.1", "--title", "multi\nline: yes", "--no-shuffle"],
  steps: { "m:train": { replicas: 3, resources: { cpu: 2, memory: "4Gi" } } },
  priority: -3,
  deadline: 30,
  auto_release_time: 60,
  debug: true,
  isolation: "thread",
  log_project: "other",
  comment: "true",
};

test("an order reads back from its text", () => {
  for (const order of [EMPTY, FULL, { ...EMPTY, comment: "- '\"{" }])
    expect(fromText(toText(order))).toEqual(order);
});

test("what is as usual is not written", () => {
  expect(toText({ ...EMPTY, model: "m" })).toBe('model: m\nhandler: ""\ndatasets: []\n');
});

test.each([
  ["model: [", 1, "yaml"],
  ["model: m\nmodle: x\n", 2, "unknown"],
  ["model: m\n\npriority: high\n", 3, "type"],
  ["datasets: digits", 1, "type"],
  ["steps:\n  a: 3", 1, "type"],
  ["steps:\n  a:\n    replica: 3", 1, "type"],
  ["isolation: vm", 1, "type"],
  ["- a\n- b", 1, "type"],
  ["auto_release_time: .inf", 1, "type"],
])("of %j line %d is told", (text, line, kind) => {
  expect(fromText(text)).toMatchObject({ line, what: { kind } });
});

test("an empty text is an empty order, and words of a command line may be numbers", () => {
  expect(fromText("")).toEqual(EMPTY);
  expect(
    fromText("arguments: [1.10, 007, 0x10, 12345678901234567890, True, '1.0']\ndatasets: [1.20]"),
  ).toMatchObject({
    arguments: ["1.10", "007", "0x10", "12345678901234567890", "True", "1.0"],
    datasets: ["1.20"],
  });
  expect(fromText("arguments: [--epochs, 3, --fast, true]")).toMatchObject({
    arguments: ["--epochs", "3", "--fast", "true"],
  });
});

test("what a template keeps is an order", () => {
  const blueprint = {
    model: "m",
    handler: "h",
    overrides: { h: { replicas: 2, resources: null } },
    deadline: 5,
    auto_release_time: 60,
    modules: [],
  };
  expect(orderOfBlueprint(blueprint)).toEqual({
    ...EMPTY,
    model: "m",
    handler: "h",
    steps: { h: { replicas: 2 } },
    deadline: 5,
    auto_release_time: 60,
  });
});
