import { expect, test } from "vitest";
import { type Answer, asksOf, type TableInfo } from "./asks";
import { automaticBoard } from "./auto";
import { boardOf, duplicated, keptOf, moved, put, removed, sized } from "./boards";
import { areaBelow, type Drawn, drawnOf, isEmpty, tableOf } from "./drawn";
import { readMatrix } from "./matrix";
import { type Look, optionOf } from "./options";
import { type PanelSpec, PLAIN, specOf } from "./spec";
import { figure, numberOf, written } from "./values";

const LOOK: Look = {
  dark: false,
  text: "#000",
  faint: "#555",
  line: "#ddd",
  ground: "#fff",
  font: "sans",
  language: "en",
  words: { truth: "true", answered: "predicted" },
};
const column = (name: string, type = "float") => ({ name, type });
const TABLES: TableInfo[] = [
  { path: "evaluation/j/confusion_matrix/binarylabel", rows: 2, columns: [column("0"), column("1")] },
  { path: "evaluation/j/labels", rows: 2, columns: [column("f1-score"), column("support")] },
  { path: "evaluation/j/roc_auc/a", rows: 3, columns: [column("fpr"), column("tpr")] },
  { path: "evaluation/j/roc_auc/b", rows: 3, columns: [column("fpr"), column("tpr")] },
  { path: "evaluation/j/results", rows: 100_000, columns: [column("score"), column("label", "str")] },
];
const spec = (told: Partial<PanelSpec>): PanelSpec => ({ ...PLAIN, ...told });
const answer = (told: Partial<Answer>): Answer => ({ rows: [], groups: [], edges: [], ...told });

test("nobody has made a board: what was logged is shown", () => {
  const found = automaticBoard(TABLES, "j").map((each) => [each.spec.kind, each.spec.table]);
  expect(found).toEqual([
    ["figures", "summary"],
    ["matrix", "confusion_matrix/binarylabel"],
    ["curves", "roc_auc"],
    ["bars", "labels"],
    ["table", "results"],
    ["table", "labels"],
  ]);
  expect(automaticBoard([], "j")).toHaveLength(1);
});

test("a large table is measured where it lies, a small one is read", () => {
  const asked = (told: Partial<PanelSpec>) => asksOf(spec({ table: "results", ...told }), "j", TABLES)[0];
  expect(asked({ kind: "histogram", x: "score", bins: 7 })).toMatchObject({
    type: "groups",
    question: { bins: { column: "score", count: 7 }, measures: { rows: { function: "count" } } },
  });
  expect(asked({ kind: "lines", x: "id", y: ["score"] })).toMatchObject({
    type: "groups",
    question: { bins: { column: "id", count: 200 }, measures: { score: { function: "mean" } } },
  });
  expect(asked({ kind: "bars", x: "label", y: ["score"], measure: "max" })).toMatchObject({
    type: "groups",
    question: { by: ["label"], measures: { score: { function: "max", column: "score" } } },
  });
  expect(asked({ kind: "matrix", x: "label", y: ["answer"] })).toMatchObject({
    type: "groups",
    question: { by: ["label", "answer"] },
  });
  expect(asked({ kind: "table" })).toMatchObject({ type: "rows", question: { size: 50 } });
  expect(asksOf(spec({ table: "nothing" }), "j", TABLES)).toEqual([]);
  expect(asksOf(spec({ kind: "curves", table: "roc_auc", x: "fpr", y: ["tpr"] }), "j", TABLES)).toHaveLength(
    2,
  );
  expect(asksOf(spec({ kind: "figures", table: "summary" }), "j", [])).toMatchObject([
    { type: "rows", question: { where: { op: "=", column: "id", value: "j" } } },
  ]);
});

test("a matrix of shares is told as counts, with labels in the order that fits", () => {
  const rows = [
    { id: 0, values: { 0: 0.2, 1: 0.1 } },
    { id: 1, values: { 0: 0, 1: 0.7 } },
  ];
  const labels = [
    { id: "10", values: { support: 7, "TP-True Positive": 7 } },
    { id: "2", values: { support: 3, "TP-True Positive": 2 } },
  ];
  expect(readMatrix(rows, labels)).toEqual({
    labels: ["2", "10"],
    counts: [
      [2, 1],
      [0, 7],
    ],
  });
  expect(readMatrix(rows, []).labels).toEqual(["0", "1"]);
});

test("a measure of the column that is grouped by stands beside it", () => {
  const told = spec({ kind: "bars", table: "results", x: "score", y: ["score"], measure: "sum" });
  expect(asksOf(told, "j", TABLES)[0]).toMatchObject({
    question: { by: ["score"], measures: { "of score": { function: "sum", column: "score" } } },
  });
  const groups = [{ score: 2, "of score": 6 }];
  expect(drawnOf(told, [answer({ groups })], [])).toMatchObject({ names: ["2"], series: [{ values: [6] }] });
});

test("bars of several parts leave gaps where nothing was measured", () => {
  const groups = [
    { label: "a", split: "x", rows: 1 },
    { label: "b", split: "x", rows: 2 },
    { label: "b", split: "y", rows: 3 },
  ];
  const drawn = drawnOf(
    spec({ kind: "bars", x: "label", by: "split", measure: "count" }),
    [answer({ groups })],
    [],
  );
  expect(drawn).toEqual({
    kind: "bars",
    x: "label",
    names: ["a", "b"],
    series: [
      { name: "x", values: [1, 2] },
      { name: "y", values: [Number.NaN, 3] },
    ],
  });
  expect(tableOf(drawn).heads).toEqual(["label", "x", "y"]);
  expect(JSON.stringify(optionOf(drawn, LOOK))).toContain('"data":[null,3]');
});

const at = (v: string) => ({ $: "instant", v });

test("times, identifiers and large numbers are written beside bars, each once", () => {
  const groups = [at("2026-01-31T20:00:00.1Z"), at("2026-01-31T20:00:00.2Z"), null].map((when, rows) => ({
    when,
    rows,
  }));
  const drawn = drawnOf(spec({ kind: "bars", x: "when", measure: "count" }), [answer({ groups })], []);
  expect(drawn).toMatchObject({ series: [{ values: [0, 1, 2] }] });
  const { names } = drawn as Extract<Drawn, { kind: "bars" }>;
  expect(names).toHaveLength(3);
  expect(names.join()).not.toContain("$");
  expect(names[2]).toBe("—");
  const large = (v: string) => ({ $: "bigint", v });
  const counted = [large("9007199254740993"), large("12")].map((label, rows) => ({
    label,
    said: label,
    rows,
  }));
  expect(
    drawnOf(spec({ kind: "matrix", x: "label", y: ["said"] }), [answer({ groups: counted })], []),
  ).toMatchObject({
    truth: ["12", "9007199254740993"],
    counts: [
      [1, 0],
      [0, 0],
    ],
  });
});

test("a line over times is drawn along them, and its table tells them", () => {
  const rows = ["2026-01-31T20:00:00Z", "2026-02-05T08:00:00Z"].map((v, id) => ({
    id,
    values: { when: at(v), loss: id },
  }));
  const drawn = drawnOf(spec({ kind: "lines", x: "when", y: ["loss"] }), [answer({ rows })], []);
  expect(drawn).toMatchObject({
    time: true,
    series: [
      {
        points: [
          [Date.UTC(2026, 0, 31, 20), 0],
          [Date.UTC(2026, 1, 5, 8), 1],
        ],
      },
    ],
  });
  expect(isEmpty(drawn)).toBe(false);
  expect(String(tableOf(drawn, "en-GB").rows[0]?.[0])).toContain("2026");
  expect(optionOf(drawn, LOOK)).toMatchObject({ xAxis: { type: "time" } });
});

test("ranges without rows count nothing", () => {
  const answers = [answer({ edges: [0, 1, 2], groups: [{ bin: 1, rows: 4 }] })];
  const drawn = drawnOf(spec({ kind: "histogram", x: "score" }), answers, []);
  expect(drawn).toMatchObject({ series: [{ values: [0, 4] }] });
  expect(tableOf(drawn).rows).toEqual([
    [0, 1, 0],
    [1, 2, 4],
  ]);
  const line = drawnOf(
    spec({ kind: "lines", x: "id", y: ["loss"] }),
    [answer({ edges: [0, 2, 4], groups: [{ bin: 1, loss: 5 }] })],
    [],
  );
  expect(line).toMatchObject({ series: [{ name: "loss", points: [[3, 5]] }] });
});

test("curves are called after their tables and tell the area below them", () => {
  const rows = [
    { id: 0, values: { fpr: 0, tpr: 0 } },
    { id: 1, values: { fpr: 0, tpr: 1 } },
    { id: 2, values: { fpr: 1, tpr: 1 } },
    { id: 3, values: { fpr: { $: "float", v: "nan" }, tpr: 1 } },
  ];
  const drawn = drawnOf(spec({ kind: "curves", x: "fpr", y: ["tpr"] }), [answer({ rows })], ["cat"]);
  expect(drawn).toMatchObject({ share: true, diagonal: true, series: [{ name: "cat" }] });
  expect(
    areaBelow([
      [0, 0],
      [0, 1],
      [1, 1],
    ]),
  ).toBe(1);
  expect(JSON.stringify(optionOf(drawn, LOOK))).toContain("cat · 1");
});

test("conditions on rows are asked of the server, but of a matrix that was logged", () => {
  const where = ["n:range:1..", "a:in:x"];
  const tree = {
    op: "and",
    parts: [
      { op: ">=", column: "n", value: 1 },
      { op: "in", column: "a", values: ["x"] },
    ],
  };
  const asked = (part: Partial<PanelSpec>) =>
    asksOf(specOf({ ...PLAIN, table: "results", where, ...part }), "j", TABLES).map(
      ({ question }) => question.where,
    );
  expect(asked({})).toEqual([tree]);
  expect(asked({ kind: "histogram", x: "n" })).toEqual([tree]);
  expect(asked({ kind: "matrix", x: "a", y: ["b"] })).toEqual([tree]);
  expect(asked({ kind: "matrix" })).not.toContainEqual(tree);
  expect(asked({ table: "summary", kind: "figures" })).toEqual([{ op: "=", column: "id", value: "j" }]);
  expect(asked({ where: ["nonsense"] })).toEqual([undefined]);
});

test("labels are drawn and never become a part of the page", () => {
  const rows = [{ id: "<img src=x onerror=alert(1)>", values: { n: 1 } }];
  const drawn = drawnOf(spec({ kind: "bars", x: "id", y: ["n"] }), [answer({ rows })], []);
  expect(optionOf(drawn, LOOK)).toMatchObject({ tooltip: { renderMode: "richText" } });
});

test("there may be nothing to be seen", () => {
  for (const kind of ["bars", "lines", "scatter", "histogram", "matrix", "curves"] as const)
    expect(isEmpty(drawnOf(spec({ kind, x: "x", y: ["y"] }), [answer({})], [])), kind).toBe(true);
});

test("whatever was kept becomes a panel", () => {
  expect(specOf(null)).toEqual(PLAIN);
  expect(specOf({ kind: "script", y: [1, "a"], bins: 1e9, title: 7 })).toEqual({
    ...PLAIN,
    y: ["a"],
    bins: 200,
  });
  expect(boardOf({ panels: [{ spec: { kind: "bars" }, width: 99, height: "x" }, null] })).toMatchObject([
    { id: "1", width: 12, height: 1, spec: { kind: "bars" } },
    { id: "2", width: 6, height: 4 },
  ]);
  expect(boardOf({ panels: "x" })).toEqual([]);
});

test("a board is arranged, and reads back as it was kept", () => {
  const board = automaticBoard(TABLES, "j");
  const changed = sized(moved(duplicated(removed(board, "2"), "1"), "3", "1"), "3", 4.4, 0);
  expect(changed.map(({ id }) => id)).toEqual(["3", "1", "7", "4", "5", "6"]);
  expect(changed[0]).toMatchObject({ width: 4, height: 1 });
  expect(boardOf(keptOf(changed)).map(({ spec: each }) => each)).toEqual(
    changed.map(({ spec: each }) => each),
  );
  expect(put(board, spec({ kind: "text" }))).toHaveLength(7);
  expect(put(board, spec({ kind: "text" }), "1")[0]?.spec.kind).toBe("text");
  expect(moved(board, "1", "nowhere")).toBe(board);
});

test("figures are read at a glance", () => {
  expect([0.123456, 12345.678, 1_000_000, 0.000012345, 0].map((each) => figure(each, "en"))).toEqual([
    "0.1235",
    "12,345.678",
    "1,000,000",
    "1.235E-5",
    "0",
  ]);
  expect(numberOf({ $: "float", v: "inf" })).toBeNaN();
  expect(numberOf({ $: "bigint", v: "12" })).toBe(12);
  expect(written({ $: "date", v: "2026-01-31" }, "en")).toBe("Jan 31, 2026");
  expect(written({ $: "uuid", v: "2026-01-31" }, "en")).toBe("2026-01-31");
});

test("no two of thirty lines look the same", () => {
  const points: [number, number][] = [[0, 0]];
  const series = Array.from({ length: 30 }, (_, place) => ({ name: `line ${place}`, points }));
  for (const dark of [false, true]) {
    const drawn = optionOf(
      { kind: "lines", x: "step", y: "loss", series, share: false, diagonal: false },
      { ...LOOK, dark },
    );
    const colours = drawn.color as string[];
    const strokes = (drawn.series as { lineStyle: { type: string } }[]).map(
      ({ lineStyle }) => lineStyle.type,
    );
    const looks = strokes.map((stroke, place) => `${stroke} ${colours[place % colours.length]}`);
    expect(new Set(colours).size).toBeGreaterThanOrEqual(10);
    expect(new Set(looks).size).toBe(30);
  }
});
