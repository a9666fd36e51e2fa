import type { TableInfo } from "./asks";
import { COLUMNS, type Placed } from "./boards";
import { type PanelSpec, PLAIN, SUMMARY } from "./spec";

type Wanted = Partial<PanelSpec> & { width: number; height: number };

/** Figures of labels, the first that a table has; those of detection and segmentation lie beside the others. */
const PER_LABEL = ["mAP", "iou", "f1-score"];
const CURVES: [string, string, string][] = [
  ["roc_auc", "fpr", "tpr"],
  ["pr_curve", "recall", "precision"],
  ["calibration", "mean_score", "positive_share"],
];
const MOST_TABLES = 12;

/** The panels that suit what an evaluation has logged, where nobody has made any. */
export function automaticBoard(tables: TableInfo[], job: string): Placed[] {
  const logged = tables.map((each) => ({ ...each, name: each.path.replace(`evaluation/${job}/`, "") }));
  const has = (name: string): boolean =>
    logged.some((each) => each.name === name || each.name.startsWith(`${name}/`));
  const wanted: Wanted[] = [
    { kind: "figures", table: SUMMARY, width: COLUMNS, height: 2 },
    ...(has("confusion_matrix/binarylabel")
      ? [{ kind: "matrix" as const, table: "confusion_matrix/binarylabel", width: 6, height: 5 }]
      : []),
    ...CURVES.filter(([table]) => has(table)).map(
      ([table, x, y]): Wanted => ({ kind: "curves", table, x, y: [y], width: 6, height: 5 }),
    ),
    ...logged.flatMap((each) => chartsOf(each.name, each.columns)),
  ];
  // Nothing stands beside the last of an odd number.
  const narrow = wanted.filter(({ width }) => width < COLUMNS);
  const odd = narrow.length % 2 === 1 && narrow.at(-1);
  if (odd) odd.width = COLUMNS;
  const shown = new Set(["roc_auc", "pr_curve", "calibration", "confusion_matrix"]);
  const rest = logged.filter(({ name }) => !shown.has(name.split("/")[0] ?? ""));
  rest.sort((one, other) => Number(other.name === "results") - Number(one.name === "results"));
  for (const { name } of rest.slice(0, MOST_TABLES))
    wanted.push({ kind: "table", table: name, width: COLUMNS, height: 5 });
  return wanted.map(({ width, height, ...spec }, place) => ({
    id: String(place + 1),
    spec: { ...PLAIN, ...spec },
    width,
    height,
  }));
}

function chartsOf(table: string, columns: TableInfo["columns"]): Wanted[] {
  const names = columns.map(({ name }) => name);
  const common = { table, width: 6, height: 5 };
  if (table === "labels") {
    const column = PER_LABEL.find((each) => names.includes(each));
    return column ? [{ ...common, kind: "bars", x: "id", y: [column] }] : [];
  }
  if (table === "at_k") return [{ ...common, kind: "lines", x: "id", y: names.slice(0, 8) }];
  if (table.split("/")[0] === "residuals") return [{ ...common, kind: "bars", x: "low", y: ["count"] }];
  if (table.split("/")[0] === "parity") return [{ ...common, kind: "scatter", x: "y_true", y: ["y_pred"] }];
  return [];
}

const NUMBERS = /^(u?int|float|bool)/;

/** Whether a column holds numbers, as far as its type tells. */
export function isNumeric({ type }: { type: string }): boolean {
  return NUMBERS.test(type);
}
