import type { TableInfo } from "./asks";
import { isHeading, type Kind, type PanelSpec, SUMMARY } from "./spec";

/** Which words stand beside the fields of a kind of panel; what is not named has no field. */
interface Fields {
  x?: "panels.axisX" | "panels.truth" | "panels.column" | "panels.names";
  y?: "panels.axisY" | "panels.answered" | "panels.columns";
  /** One column at most. */
  one?: boolean;
  by?: boolean;
  measure?: boolean;
  bins?: boolean;
  /** What a panel begins with that becomes one of this kind. */
  first: Partial<PanelSpec>;
}

const EMPTY = { x: "", y: [], by: "", measure: "rows" } satisfies Partial<PanelSpec>;
const FIELDS: Record<Kind, Fields> = {
  figures: { y: "panels.columns", first: EMPTY },
  table: { y: "panels.columns", first: EMPTY },
  bars: { x: "panels.names", y: "panels.columns", by: true, measure: true, first: { ...EMPTY, x: "id" } },
  lines: { x: "panels.axisX", y: "panels.axisY", by: true, first: { ...EMPTY, x: "id" } },
  histogram: { x: "panels.column", by: true, bins: true, first: EMPTY },
  scatter: { x: "panels.axisX", y: "panels.axisY", by: true, first: EMPTY },
  matrix: { x: "panels.truth", y: "panels.answered", one: true, first: EMPTY },
  curves: { x: "panels.axisX", y: "panels.axisY", one: true, first: { ...EMPTY, x: "fpr", y: ["tpr"] } },
  text: { first: EMPTY },
};

export function fieldsOf(kind: Kind): Fields {
  return FIELDS[kind];
}

/** Whether a panel says enough to be shown. */
export function ready(spec: PanelSpec, job: string): boolean {
  if (spec.kind === "text") return spec.text.trim() !== "" || (job !== "" && isHeading(spec));
  if (!job || !spec.table) return false;
  const grouped = spec.measure !== "rows";
  const ways: Record<Exclude<Kind, "text">, boolean> = {
    figures: true,
    table: true,
    matrix: (spec.x === "") === (spec.y.length === 0),
    bars: spec.x !== "" && (spec.y.length > 0 || (grouped && spec.measure === "count")),
    lines: spec.x !== "" && spec.y.length > 0,
    scatter: spec.x !== "" && spec.y.length > 0,
    curves: spec.x !== "" && spec.y.length > 0,
    histogram: spec.x !== "",
  };
  return ways[spec.kind];
}

/** Tables that a kind of panel may show; of curves also the beginnings that several names have in common. */
export function tableChoices(tables: TableInfo[], job: string, kind: Kind): string[] {
  const names = tables.map(({ path }) => path.replace(`evaluation/${job}/`, ""));
  const folders = names
    .filter((name) => name.includes("/"))
    .map((name) => name.slice(0, name.lastIndexOf("/")));
  if (kind === "curves") return [...new Set([...folders, ...names])];
  return kind === "figures" ? [SUMMARY, ...names] : names;
}
