import { exact } from "../i18n/times";
import { type Answer, measureName, type Row } from "./asks";
import { readMatrix } from "./matrix";
import type { PanelSpec } from "./spec";
import { isNumber, numberOf, timeOf, written } from "./values";

export interface Line {
  name: string;
  points: [number, number][];
}

/** What is to be seen, apart from how it is drawn. */
export type Drawn =
  | { kind: "bars"; x: string; names: string[]; series: { name: string; values: number[] }[] }
  | {
      kind: "lines" | "scatter";
      x: string;
      y: string;
      series: Line[];
      share: boolean;
      diagonal: boolean;
      /** Both axes begin at zero: how much there is matters, not only how it changes. */
      zero?: true;
      /** What goes to the right are times, in milliseconds since 1970. */
      time?: true;
    }
  | { kind: "histogram"; x: string; edges: number[]; series: { name: string; values: number[] }[] }
  | { kind: "matrix"; truth: string[]; answered: string[]; counts: number[][] };

type Groups = Answer["groups"];

/** In what words figures are told: the language, and what the number of rows is called. */
export interface Telling {
  language: string;
  rows: string;
}

const PLAIN: Telling = { language: "en", rows: "rows" };

/** The columns of rows of which nobody said which are wanted. */
export function columnsOf(rows: Row[]): string[] {
  // What begins so is noted for the machine; whoever wants it names it.
  return [...new Set(rows.flatMap((row) => Object.keys(row.values)))].filter((name) => !name.startsWith("_"));
}

/**
 * What a panel with a chart shows of what its questions were answered.
 *
 * Args: `names` those of several answers.
 */
export function drawnOf(spec: PanelSpec, answers: Answer[], names: string[], telling = PLAIN): Drawn {
  const [first = { rows: [], groups: [], edges: [] }] = answers;
  if (spec.kind === "matrix")
    return first.groups.length > 0
      ? countedMatrix(spec, first.groups, telling)
      : loggedMatrix(first.rows, answers[1]?.rows ?? []);
  if (spec.kind === "histogram") return histogram(spec, first, telling);
  if (spec.kind === "curves") return curves(spec, answers, names);
  if (spec.kind === "bars")
    return spec.measure === "rows" || first.groups.length > 0 || first.rows.length === 0
      ? bars(spec, first, telling)
      : bars({ ...spec, measure: "rows" }, first, telling);
  return lines(spec, first, telling);
}

const cell = (row: Row, column: string): unknown => (column === "id" ? row.id : row.values[column]);
const label = (value: unknown, { language }: Telling): string =>
  typeof value === "object" ? written(value, language) || "—" : String(value ?? "—");

/** The rows that have the same in a column. */
interface Part {
  name: string;
  has: (row: Groups[number]) => boolean;
}

/** What there is in a column, each once; all rows are one part where there is no column. */
function partsOf(rows: Groups, column: string, telling: Telling): Part[] {
  if (!column) return [{ name: "", has: () => true }];
  // By what they are: two times may be written alike.
  const values = new Map(rows.map((row) => [JSON.stringify(row[column]), row[column]]));
  return [...values].map(([key, value]) => ({
    name: label(value, telling),
    has: (row) => JSON.stringify(row[column]) === key,
  }));
}

function bars(spec: PanelSpec, { rows, groups }: Answer, telling: Telling): Drawn {
  const x = spec.x || "id";
  if (groups.length > 0) return groupedBars(spec, groups, telling);
  return {
    kind: "bars",
    x,
    names: rows.map((row) => label(cell(row, x), telling)),
    series: spec.y.map((name) => ({ name, values: rows.map((row) => numberOf(row.values[name])) })),
  };
}

function groupedBars(spec: PanelSpec, groups: Groups, telling: Telling): Drawn {
  const places = partsOf(groups, spec.x, telling);
  const counts = spec.measure === "count" || spec.measure === "rows";
  const measures = counts ? ["rows"] : spec.y;
  const by = [spec.x, spec.by];
  const series = partsOf(groups, spec.by, telling).flatMap((part) =>
    measures.map((measure) => ({
      name: spec.by
        ? measures.length > 1
          ? `${part.name} · ${measure}`
          : part.name
        : counts
          ? telling.rows
          : measure,
      values: places.map((place) => {
        const found = groups.find((group) => place.has(group) && part.has(group));
        return found ? numberOf(found[measureName(measure, by)]) : Number.NaN;
      }),
    })),
  );
  return { kind: "bars", x: spec.x, names: places.map(({ name }) => name), series };
}

function lines(spec: PanelSpec, { rows, groups, edges }: Answer, telling: Telling): Drawn {
  const kind = spec.kind === "scatter" ? "scatter" : "lines";
  const y = spec.y.length === 1 ? (spec.y[0] ?? "") : "";
  const x = spec.x || "id";
  const common = {
    kind,
    x,
    y,
    share: false,
    diagonal: spec.table.startsWith("parity"),
  } as const;
  if (edges.length > 0)
    return {
      ...common,
      series: parted(spec, groups, telling, (group) => middle(edges, group.bin), [spec.by]),
    };
  const flat = rows.map((row) => ({ ...row.values, id: row.id }) as Groups[number]);
  if (flat.some((row) => timeOf(row[x]) !== undefined))
    return {
      ...common,
      time: true,
      series: parted(spec, flat, telling, (row) => timeOf(row[x]) ?? Number.NaN),
    };
  return { ...common, series: parted(spec, flat, telling, (row) => numberOf(row[x])) };
}

function parted(
  spec: PanelSpec,
  rows: Groups,
  telling: Telling,
  x: (row: Groups[number]) => number,
  by: string[] = [],
): Line[] {
  return partsOf(rows, spec.by, telling).flatMap((part) =>
    spec.y.map((column) => ({
      name: spec.by ? (spec.y.length > 1 ? `${part.name} · ${column}` : part.name) : column,
      points: rows
        .filter(part.has)
        .map((row): [number, number] => [x(row), numberOf(row[measureName(column, by)])])
        .filter((point) => point.every(Number.isFinite)),
    })),
  );
}

function middle(edges: number[], bin: unknown): number {
  const place = numberOf(bin);
  return ((edges[place] ?? Number.NaN) + (edges[place + 1] ?? Number.NaN)) / 2;
}

function histogram(spec: PanelSpec, { groups, edges }: Answer, telling: Telling): Drawn {
  const count = measureName("rows", [spec.by]);
  const series = partsOf(groups, spec.by, telling).map(({ name, has }) => {
    const values = Array.from({ length: Math.max(edges.length - 1, 0) }, () => 0);
    for (const group of groups.filter(has)) values[numberOf(group.bin)] = numberOf(group[count]);
    return { name: name || telling.rows, values };
  });
  return { kind: "histogram", x: spec.x || spec.y[0] || "id", edges, series };
}

function curves(spec: PanelSpec, answers: Answer[], names: string[]): Drawn {
  const [column = "tpr"] = spec.y;
  const series = answers.map(({ rows }, place) => ({
    name: names[place] ?? "",
    points: rows
      .filter((row) => isNumber(row.values[spec.x]) && isNumber(row.values[column]))
      .map((row): [number, number] => [numberOf(row.values[spec.x]), numberOf(row.values[column])]),
  }));
  return {
    kind: "lines",
    x: spec.x,
    y: column,
    series,
    share: true,
    diagonal: spec.x === "fpr" || spec.x === "mean_score",
  };
}

function loggedMatrix(rows: Row[], labels: Row[]): Drawn {
  const { labels: names, counts } = readMatrix(rows, labels);
  return { kind: "matrix", truth: names, answered: names, counts };
}

function countedMatrix(spec: PanelSpec, groups: Groups, telling: Telling): Drawn {
  const [column = ""] = spec.y;
  const told = (group: Groups[number], which: string): string => label(group[which], telling);
  const truth = [...new Set(groups.map((group) => told(group, spec.x)))].sort(byNumber);
  const answered = [...new Set([...truth, ...groups.map((group) => told(group, column))])].sort(byNumber);
  const counts = truth.map(() => answered.map(() => 0));
  const count = measureName("rows", [spec.x, column]);
  for (const group of groups) {
    const row = counts[truth.indexOf(told(group, spec.x))];
    const place = answered.indexOf(told(group, column));
    if (row) row[place] = (row[place] ?? 0) + numberOf(group[count]);
  }
  return { kind: "matrix", truth, answered, counts };
}

function byNumber(one: string, other: string): number {
  const difference = Number(one) - Number(other);
  return Number.isNaN(difference) ? one.localeCompare(other) : difference;
}

/** The same figures as a table, for whoever does not see charts. */
export function tableOf(
  drawn: Drawn,
  language = PLAIN.language,
): { heads: string[]; rows: (string | number)[][] } {
  if (drawn.kind === "matrix")
    return {
      heads: ["", ...drawn.answered],
      rows: drawn.truth.map((name, place) => [name, ...(drawn.counts[place] ?? [])]),
    };
  if (drawn.kind === "bars")
    return {
      heads: [drawn.x, ...drawn.series.map(({ name }) => name)],
      rows: drawn.names.map((name, place) => [
        name,
        ...drawn.series.map(({ values }) => values[place] ?? Number.NaN),
      ]),
    };
  if (drawn.kind === "histogram")
    return {
      heads: [`${drawn.x} ≥`, `${drawn.x} <`, ...drawn.series.map(({ name }) => name)],
      rows: drawn.edges
        .slice(0, -1)
        .map((edge, place) => [
          edge,
          drawn.edges[place + 1] ?? edge,
          ...drawn.series.map(({ values }) => values[place] ?? 0),
        ]),
    };
  const many = drawn.series.length > 1;
  return {
    heads: [...(many ? [""] : []), drawn.x, drawn.y || (many ? "" : (drawn.series[0]?.name ?? ""))],
    rows: drawn.series.flatMap(({ name, points }) =>
      points.map(([x, y]) => [...(many ? [name] : []), drawn.time ? exact(new Date(x), language) : x, y]),
    ),
  };
}

/** Whether there is anything to be seen. */
export function isEmpty(drawn: Drawn): boolean {
  if (drawn.kind === "matrix") return drawn.counts.length === 0;
  if (drawn.kind === "bars") return !drawn.series.some(({ values }) => values.some(Number.isFinite));
  if (drawn.kind === "histogram") return drawn.edges.length === 0;
  return !drawn.series.some(({ points }) => points.length > 0);
}

/** Area below a curve, by trapezoids. */
export function areaBelow(points: [number, number][]): number {
  return points.slice(1).reduce((sum, [x, y], place) => {
    const [before, height] = points[place] ?? [x, y];
    return sum + (Math.abs(x - before) * (y + height)) / 2;
  }, 0);
}
