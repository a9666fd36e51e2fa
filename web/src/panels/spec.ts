import { readFilter } from "../filtering/filter";

/** What panels there are. */
export const KINDS = [
  "figures",
  "table",
  "bars",
  "lines",
  "histogram",
  "scatter",
  "matrix",
  "curves",
  "text",
] as const;
export type Kind = (typeof KINDS)[number];

/** What bars stand for: rows as they are, or what is measured over all rows of the same name. */
export const MEASURES = ["rows", "count", "mean", "sum", "min", "max"] as const;
export type Measure = (typeof MEASURES)[number];

/** One panel, as it is kept. */
export interface PanelSpec {
  kind: Kind;
  title: string;
  /** Whose tables; empty where the page says which evaluation it shows. */
  job: string;
  /** A table of the evaluation, or the beginning of the names of several curves; `summary` is its own row there. */
  table: string;
  x: string;
  y: string[];
  /** Conditions on its rows, as addresses spell them; see `readFilter`. */
  where: string[];
  /** Rows are told apart by this column. */
  by: string;
  measure: Measure;
  bins: number;
  text: string;
}

/** The table of which an evaluation has one row. */
export const SUMMARY = "summary";

export const PLAIN: PanelSpec = {
  kind: "table",
  title: "",
  job: "",
  table: "results",
  x: "",
  y: [],
  where: [],
  by: "",
  measure: "rows",
  bins: 20,
  text: "",
};

const MOST_COLUMNS = 200;
const MOST_CONDITIONS = 50;

/** A panel as somebody has kept it; whatever is amiss with it is as usual. */
export function specOf(kept: unknown): PanelSpec {
  const told = recordOf(kept);
  return {
    kind: KINDS.find((each) => each === told.kind) ?? PLAIN.kind,
    title: textOf(told.title).slice(0, 200),
    job: textOf(told.job),
    table: textOf(told.table) || PLAIN.table,
    x: textOf(told.x),
    y: textsOf(told.y).slice(0, MOST_COLUMNS),
    where: textsOf(told.where)
      .filter((each) => readFilter(each))
      .slice(0, MOST_CONDITIONS),
    by: textOf(told.by),
    measure: MEASURES.find((each) => each === told.measure) ?? PLAIN.measure,
    bins: typeof told.bins === "number" ? Math.min(Math.max(Math.round(told.bins), 1), 200) : PLAIN.bins,
    text: textOf(told.text),
  };
}

/** Whether the rows that a panel shows can be held against conditions: a matrix that was logged is whole or wrong. */
export function isFilterable({ kind, table, x, y }: PanelSpec): boolean {
  return kind !== "text" && table !== SUMMARY && (kind !== "matrix" || (x !== "" && y.length > 0));
}

/** Whether a panel is but a title, which stands over the panels that follow. */
export function isHeading({ kind, text, title }: PanelSpec): boolean {
  return kind === "text" && text.trim() === "" && title.trim() !== "";
}

export function recordOf(kept: unknown): Record<string, unknown> {
  return typeof kept === "object" && kept !== null ? (kept as Record<string, unknown>) : {};
}

export function textOf(kept: unknown): string {
  return typeof kept === "string" ? kept : "";
}

function textsOf(kept: unknown): string[] {
  return Array.isArray(kept) ? kept.filter((each) => typeof each === "string") : [];
}
