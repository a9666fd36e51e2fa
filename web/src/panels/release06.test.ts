import { expect, test } from "vitest";
import { shippedBoard } from "./release06";

const EVALUATION = "project/1/eval/3d/3d5f0a7b9c1e";

/** As its console saved boards: the tree has ids and types alone, what is told of them stands beside it. */
const SAVED = {
  key: "widgets",
  time: 1_690_000_000_000,
  tree: [
    {
      id: "a",
      type: "ui:dndList",
      children: [
        {
          id: "b",
          type: "ui:section",
          children: [
            { id: "c", type: "ui:panel:rocauc" },
            { id: "d", type: "ui:panel:confusion_matrix" },
          ],
        },
        { id: "e", type: "ui:section", children: [{ id: "f", type: "ui:panel:table" }] },
        { id: "g", type: "ui:section", children: [{ id: "h", type: "ui:panel:ploty" }] },
        {
          id: "i",
          type: "ui:section",
          children: [
            { id: "j", type: "ui:panel:barchart" },
            { id: "k", type: "ui:panel:heatmap" },
          ],
        },
      ],
    },
  ],
  widgets: {
    a: { id: "a", type: "ui:dndList" },
    b: {
      id: "b",
      type: "ui:section",
      optionConfig: { title: "How well", isExpaned: true, layout: { width: 600, height: 500 } },
    },
    c: {
      id: "c",
      type: "ui:panel:rocauc",
      fieldConfig: {
        data: { chartType: "ui:panel:rocauc", tableName: `${EVALUATION}/roc_auc/1`, chartTitle: "Ones" },
      },
    },
    d: {
      id: "d",
      type: "ui:panel:confusion_matrix",
      fieldConfig: { data: { tableName: `${EVALUATION}/confusion_matrix/binarylabel` } },
    },
    e: { id: "e", type: "ui:section", optionConfig: { title: "" } },
    f: {
      id: "f",
      type: "ui:panel:table",
      optionConfig: { currentView: {} },
      fieldConfig: { data: { tableName: ["project/1/eval/summary", `${EVALUATION}/labels`] } },
    },
    g: { id: "g", type: "ui:section", optionConfig: { title: "Drawn by Plotly" } },
    h: { id: "h", type: "ui:panel:ploty", fieldConfig: { data: { tableName: "x" } } },
    j: {
      id: "j",
      type: "ui:panel:barchart",
      fieldConfig: { data: { tableName: ["{{prefix}}labels"], x: "id", y: "precision" } },
    },
    k: { id: "k", type: "ui:panel:heatmap", fieldConfig: { data: { tableName: "{{ prefix }}/heat" } } },
  },
  defaults: {},
};

test("a board that the console of release 0.6 has saved", () => {
  const board = shippedBoard(SAVED);
  expect(
    board.map(({ spec, width, height }) => [
      spec.kind,
      spec.table,
      spec.title,
      spec.x,
      ...spec.y,
      width,
      height,
    ]),
  ).toEqual([
    ["text", "results", "How well", "", 12, 1],
    ["curves", "roc_auc/1", "Ones", "fpr", "tpr", 6, 6],
    ["matrix", "confusion_matrix/binarylabel", "", "", 6, 6],
    ["table", "summary", "", "", 6, 3],
    ["table", "labels", "", "", 6, 3],
    ["bars", "labels", "", "id", "precision", 6, 3],
    ["matrix", "heat", "", "", 6, 3],
  ]);
  expect(board.map(({ id }) => id)).toEqual(["1", "2", "3", "4", "5", "6", "7"]);
});

test("a board in the short form that people wrote beside their model", () => {
  const board = shippedBoard({
    layouts: [
      { title: "not shown there", panels: [{ title: "x", charts: [{ type: "table", table: "results" }] }] },
      {
        title: "main",
        panels: [
          {
            title: "Figures",
            height: 640,
            charts: [
              { type: "confusion_matrix", title: "Mixed up", table: "confusion_matrix/binarylabel" },
              { type: "roc_auc", table: "roc_auc/9", x: "false", y: "true" },
              { type: "radar", table: "results" },
            ],
          },
          { title: "Nothing", charts: [] },
        ],
      },
    ],
  });
  expect(
    board.map(({ spec, height }) => [spec.kind, spec.title, spec.table, spec.x, ...spec.y, height]),
  ).toEqual([
    ["text", "Figures", "results", "", 1],
    ["matrix", "Mixed up", "confusion_matrix/binarylabel", "", 8],
    ["curves", "", "roc_auc/9", "false", "true", 8],
  ]);
});

test("a board of ours is itself, and whatever is none of these is none", () => {
  expect(shippedBoard({ panels: [{ kind: "text", text: "x" }] })).toMatchObject([{ spec: { text: "x" } }]);
  const cut = { layouts: [{ panels: [{ title: "x" }] }] };
  const bare = { tree: [{ id: "__proto__", type: "constructor", children: "x" }], widgets: 3 };
  for (const kept of [null, "x", { layouts: "x" }, { layouts: [null] }, cut, { tree: 7 }, bare])
    expect(shippedBoard(kept)).toEqual([]);
});
