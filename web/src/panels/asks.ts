import type { components } from "../api/schema";
import { filtersOf, kindOfType, type Tree, treeOf } from "../filtering/tree";
import { isFilterable, type PanelSpec, SUMMARY } from "./spec";

type Schemas = components["schemas"];
/** A question to tables, in the form in which reports keep those of their panels. */
export type Ask =
  | {
      type: "rows";
      question: Partial<Schemas["TableQuery"]> & { tables: string[] };
    }
  | {
      type: "groups";
      question: Partial<Schemas["Grouping"]> & Pick<Schemas["Grouping"], "tables" | "measures">;
    };

/** A row of a table, or a group of rows. */
export type Row = { id: string | number; values: Record<string, unknown> };
export interface Answer {
  rows: Row[];
  groups: Record<string, unknown>[];
  edges: number[];
  /** Where the next page begins. */
  next?: string;
}

export interface TableInfo {
  path: string;
  rows: number;
  columns: { name: string; type: string }[];
}

/** Rows that a chart reads; larger tables are measured where they lie. */
export const MOST_ROWS = 1000;
const MOST_CURVES = 20;
const LABELS = "labels";
const FIRST_PAGE = 50;

export function pathOf(job: string, table: string): string {
  return table === SUMMARY ? SUMMARY : `evaluation/${job}/${table}`;
}

/** The tables of that name, and those below it. */
export function tablesBelow(tables: TableInfo[], path: string): TableInfo[] {
  return tables
    .filter((each) => each.path === path || each.path.startsWith(`${path}/`))
    .slice(0, MOST_CURVES);
}

/** The names of the curves that a panel shows, in the order of its questions. */
export function namesOf(spec: PanelSpec, job: string, tables: TableInfo[]): string[] {
  const path = pathOf(job, spec.table);
  return tablesBelow(tables, path).map((each) => each.path.slice(path.length + 1));
}

/** What a panel asks of the tables of an evaluation; nothing where it shows no table, or one that is not there. */
export function asksOf(spec: PanelSpec, job: string, tables: TableInfo[]): Ask[] {
  const asks = wholeOf(spec, job, tables);
  const path = pathOf(job, spec.table);
  const columns = tables.find((each) => each.path === path)?.columns ?? [];
  const types = new Map(columns.map(({ name, type }) => [name, type]));
  const where = isFilterable(spec) ? treeOf(filtersOf(spec.where), types) : undefined;
  return where ? asks.map((ask) => narrowed(ask, where)) : asks;
}

function narrowed(ask: Ask, where: Tree): Ask {
  const narrow = { where: { ...where } };
  return ask.type === "rows"
    ? { ...ask, question: { ...ask.question, ...narrow } }
    : { ...ask, question: { ...ask.question, ...narrow } };
}

/** What it asks of all rows. */
function wholeOf(spec: PanelSpec, job: string, tables: TableInfo[]): Ask[] {
  const path = pathOf(job, spec.table);
  const found = tables.find((each) => each.path === path);
  if (spec.kind === "text") return [];
  if (spec.kind === "curves")
    return tablesBelow(tables, path).map((each) => rowsOf(each.path, [spec.x, ...spec.y]));
  if (spec.table === SUMMARY) return [ofOne(job)];
  if (!found) return [];
  if (spec.kind === "figures") return [rowsOf(path, spec.y, 1)];
  if (spec.kind === "table") return [rowsOf(path, spec.y, FIRST_PAGE)];
  return measured(spec, path, found, tables);
}

function measured(spec: PanelSpec, path: string, found: TableInfo, tables: TableInfo[]): Ask[] {
  if (spec.kind === "matrix") return matrixAsks(spec, path, tables);
  if (spec.kind === "histogram") return [inRanges(path, spec, countOf([spec.by]))];
  const told = found.columns.find(({ name }) => name === spec.x);
  // Means of ranges are of numbers; of times there are the first so many.
  const ranged = spec.x !== "" && kindOfType(told?.type ?? "int") !== "time";
  if (spec.kind === "lines" && found.rows > MOST_ROWS && ranged)
    return [inRanges(path, { ...spec, bins: 200 }, means(spec.y, [spec.by]))];
  if (spec.kind === "bars" && spec.measure !== "rows" && spec.x) return [grouped(spec, path)];
  return [rowsOf(path, [spec.x, spec.by, ...spec.y], MOST_ROWS, spec.kind === "lines" ? spec.x : "")];
}

function matrixAsks(spec: PanelSpec, path: string, tables: TableInfo[]): Ask[] {
  const [answered] = spec.y;
  if (spec.x && answered) {
    const by = [spec.x, answered];
    return [{ type: "groups", question: { tables: [path], measures: countOf(by), by } }];
  }
  const labels = `${path.split("/").slice(0, 2).join("/")}/${LABELS}`;
  const known = tables.some((each) => each.path === labels);
  return [rowsOf(path, [], MOST_ROWS), ...(known ? [rowsOf(labels, ["support", "TP-True Positive"])] : [])];
}

function grouped(spec: PanelSpec, path: string): Ask {
  const by = [spec.x, spec.by].filter(Boolean);
  if (spec.measure === "count" || spec.measure === "rows")
    return { type: "groups", question: { tables: [path], by, measures: countOf(by) } };
  const { measure } = spec;
  const measures = Object.fromEntries(
    spec.y.slice(0, 50).map((column) => [measureName(column, by), { function: measure, column }]),
  );
  return { type: "groups", question: { tables: [path], by, measures } };
}

/** What a measure is called in an answer, where no column that rows are grouped by may have the same name. */
export function measureName(wanted: string, by: string[]): string {
  return by.includes(wanted) ? measureName(`of ${wanted}`, by) : wanted;
}

function countOf(by: string[]): Schemas["Grouping"]["measures"] {
  return { [measureName("rows", by)]: { function: "count", column: "id" } };
}

function means(columns: string[], by: string[]): Schemas["Grouping"]["measures"] {
  return Object.fromEntries(
    columns.slice(0, 50).map((column) => [measureName(column, by), { function: "mean", column }]),
  );
}

function inRanges(path: string, spec: PanelSpec, measures: Schemas["Grouping"]["measures"]): Ask {
  const bins = { column: spec.x || spec.y[0] || "id", count: spec.bins };
  return { type: "groups", question: { tables: [path], measures, by: spec.by ? [spec.by] : [], bins } };
}

function rowsOf(path: string, wanted: string[], size = MOST_ROWS, sorted = ""): Ask {
  const columns = [...new Set(wanted.filter((each) => each && each !== "id"))];
  const order = sorted && sorted !== "id" ? [{ column: sorted, descending: false }] : [];
  return {
    type: "rows",
    question: { tables: [path], ...(columns.length > 0 && { columns }), order, size },
  };
}

function ofOne(job: string): Ask {
  const where = { op: "=", column: "id", value: job };
  return { type: "rows", question: { tables: [SUMMARY], where, size: 1 } };
}
