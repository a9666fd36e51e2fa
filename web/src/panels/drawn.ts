import type { Answer, Row } from "./asks";
import { readMatrix } from "./matrix";
import type { PanelSpec } from "./spec";
import { isNumber, numberOf } from "./values";

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
    }
  | { kind: "histogram"; x: string; edges: number[]; series: { name: string; values: number[] }[] }
  | { kind: "matrix"; truth: string[]; answered: string[]; counts: number[][] };

type Groups = Answer["groups"];

/** The columns of rows of which nobody said which are wanted. */
export function columnsOf(rows: Row[]): string[] {
  // What begins so is noted for the machine; whoever wants it names it.
  return [...new Set(rows.flatMap((row) => Object.keys(row.values)))].filter((name) => !name.startsWith("_"));
}

/** What a panel with a chart shows of what its questions were answered. */
export function drawnOf(spec: PanelSpec, answers: Answer[], names: string[]): Drawn {
  const [first = { rows: [], groups: [], edges: [] }] = answers;
  if (spec.kind === "matrix")
    return first.groups.length > 0
      ? countedMatrix(spec, first.groups)
      : loggedMatrix(first.rows, answers[1]?.rows ?? []);
  if (spec.kind === "histogram") return histogram(spec, first);
  if (spec.kind === "curves") return curves(spec, answers, names);
  if (spec.kind === "bars")
    return spec.measure === "rows" || first.groups.length > 0 || first.rows.length === 0
      ? bars(spec, first)
      : bars({ ...spec, measure: "rows" }, first);
  return lines(spec, first);
}

const cell = (row: Row, column: string): unknown => (column === "id" ? row.id : row.values[column]);
const label = (value: unknown): string =>
  value === null || value === undefined
    ? "—"
    : typeof value === "object"
      ? JSON.stringify(value)
      : String(value);

function bars(spec: PanelSpec, { rows, groups }: Answer): Drawn {
  const x = spec.x || "id";
  if (groups.length > 0) return groupedBars(spec, groups);
  return {
    kind: "bars",
    x,
    names: rows.map((row) => label(cell(row, x))),
    series: spec.y.map((name) => ({ name, values: rows.map((row) => numberOf(row.values[name])) })),
  };
}

function groupedBars(spec: PanelSpec, groups: Groups): Drawn {
  const names = [...new Set(groups.map((group) => label(group[spec.x])))];
  const measures = spec.measure === "count" || spec.measure === "rows" ? ["rows"] : spec.y;
  const parts = spec.by ? [...new Set(groups.map((group) => label(group[spec.by])))] : [""];
  const series = parts.flatMap((part) =>
    measures.map((measure) => ({
      name: spec.by ? (measures.length > 1 ? `${part} · ${measure}` : part) : measure,
      values: names.map((name) => {
        const found = groups.find(
          (group) => label(group[spec.x]) === name && (!spec.by || label(group[spec.by]) === part),
        );
        return found ? numberOf(found[measure]) : Number.NaN;
      }),
    })),
  );
  return { kind: "bars", x: spec.x, names, series };
}

function lines(spec: PanelSpec, { rows, groups, edges }: Answer): Drawn {
  const kind = spec.kind === "scatter" ? "scatter" : "lines";
  const y = spec.y.length === 1 ? (spec.y[0] ?? "") : "";
  const common = {
    kind,
    x: spec.x || "id",
    y,
    share: false,
    diagonal: spec.table.startsWith("parity"),
  } as const;
  if (edges.length > 0)
    return { ...common, series: parted(spec, groups, (group) => middle(edges, group.bin)) };
  const flat = rows.map((row) => ({ ...row.values, id: row.id }));
  return { ...common, series: parted(spec, flat, (row) => numberOf(row[spec.x || "id"])) };
}

function parted(spec: PanelSpec, rows: Groups, x: (row: Groups[number]) => number): Line[] {
  const parts = spec.by ? [...new Set(rows.map((row) => label(row[spec.by])))] : [""];
  return parts.flatMap((part) =>
    spec.y.map((column) => ({
      name: spec.by ? (spec.y.length > 1 ? `${part} · ${column}` : part) : column,
      points: rows
        .filter((row) => !spec.by || label(row[spec.by]) === part)
        .map((row): [number, number] => [x(row), numberOf(row[column])])
        .filter((point) => point.every(Number.isFinite)),
    })),
  );
}

function middle(edges: number[], bin: unknown): number {
  const place = numberOf(bin);
  return ((edges[place] ?? Number.NaN) + (edges[place + 1] ?? Number.NaN)) / 2;
}

function histogram(spec: PanelSpec, { groups, edges }: Answer): Drawn {
  const parts = spec.by ? [...new Set(groups.map((group) => label(group[spec.by])))] : [""];
  const series = parts.map((name) => {
    const values = Array.from({ length: Math.max(edges.length - 1, 0) }, () => 0);
    for (const group of groups)
      if (!spec.by || label(group[spec.by]) === name) values[numberOf(group.bin)] = numberOf(group.rows);
    return { name: name || "rows", values };
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

function countedMatrix(spec: PanelSpec, groups: Groups): Drawn {
  const [column = ""] = spec.y;
  const truth = [...new Set(groups.map((group) => label(group[spec.x])))].sort(byNumber);
  const answered = [...new Set([...truth, ...groups.map((group) => label(group[column]))])].sort(byNumber);
  const counts = truth.map(() => answered.map(() => 0));
  for (const group of groups) {
    const row = counts[truth.indexOf(label(group[spec.x]))];
    if (row) row[answered.indexOf(label(group[column]))] = numberOf(group.rows);
  }
  return { kind: "matrix", truth, answered, counts };
}

function byNumber(one: string, other: string): number {
  const difference = Number(one) - Number(other);
  return Number.isNaN(difference) ? one.localeCompare(other) : difference;
}

/** The same figures as a table, for whoever does not see charts. */
export function tableOf(drawn: Drawn): { heads: string[]; rows: (string | number)[][] } {
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
      points.map((point) => [...(many ? [name] : []), ...point]),
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
