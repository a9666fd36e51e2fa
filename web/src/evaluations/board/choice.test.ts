import { expect, test } from "vitest";
import { choiceOf } from "./choice";
import { readShipped } from "./shipped";

const boards = [
  { id: 3, preferred: false },
  { id: 5, preferred: true },
];

test.each([
  ["3", { boards, shipped: true }, 3],
  [null, { boards, shipped: true }, 5],
  ["4", { boards, shipped: true }, 5],
  [null, { boards: [], shipped: true }, "model"],
  [null, { boards: [], shipped: false }, "auto"],
  ["model", { boards, shipped: false }, 5],
  ["auto", { boards, shipped: true }, "auto"],
] as const)("of %j the board is", (wanted, known, expected) => {
  expect(choiceOf(wanted, { ...known, boards: [...known.boards] })).toBe(expected);
});

test("a board in a model is YAML or JSON, or none at all", () => {
  expect(readShipped("panels:\n  - {kind: bars, table: labels, x: id, y: [iou], width: 12}")).toMatchObject([
    { width: 12, spec: { kind: "bars", table: "labels", y: ["iou"] } },
  ]);
  expect(readShipped('{"panels": [{"kind": "text", "text": "x"}]}')).toHaveLength(1);
  const short = "layouts: [{panels: [{charts: [{type: roc_auc, table: roc_auc/1}]}]}]";
  expect(readShipped(short)).toMatchObject([{ spec: { kind: "curves", table: "roc_auc/1" } }]);
  expect(readShipped("a: [")).toBeNull();
  expect(readShipped("a: &a [1]\nb: *a")).toBeNull();
  expect(readShipped("just text")).toBeNull();
});
