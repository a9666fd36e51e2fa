import type { components } from "../api/schema";
import type { Kind } from "../filtering/filter";
import { lasted } from "../jobs/length";
import { named } from "../jobs/names";
import { kindOf } from "./values";

type Evaluations = components["schemas"]["Evaluations"];

/** So many evaluations have room beside each other, row by row. */
export const MOST_BESIDE = 10;

/** One evaluation: a row of the grid. */
export interface Row {
  id: string;
  /** Null where somebody logged without a job, or from another project. */
  job: components["schemas"]["EvaluationJob"] | null;
  summary: Readonly<Record<string, unknown>>;
}

/** What is known of every evaluation; keys of its summary have no colon in front. */
export const FIXED = [
  "job:id",
  "job:comment",
  "job:state",
  "job:model",
  "job:datasets",
  "job:runtime",
  "job:handler",
  "job:who",
  "job:when",
  "job:length",
  "job:rows",
] as const;
export type Fixed = (typeof FIXED)[number];

const KINDS: Record<Fixed, Kind> = {
  "job:id": "text",
  "job:comment": "text",
  "job:state": "choice",
  "job:model": "choice",
  "job:datasets": "choice",
  "job:runtime": "choice",
  "job:handler": "choice",
  "job:who": "choice",
  "job:when": "time",
  "job:length": "number",
  "job:rows": "number",
};

export const isFixed = (key: string): key is Fixed => key in KINDS;

/** The rows of a page, whose values come column by column. */
export function rowsOf({ items, columns }: Evaluations): Row[] {
  const rows = items.map(({ id, job }) => ({ id, job, summary: {} as Record<string, unknown> }));
  for (const [name, values] of Object.entries(columns))
    for (const [index, value] of values.entries()) {
      const row = rows[index];
      if (row && value !== null) row.summary[name] = value;
    }
  return rows;
}

/** The names of all that the summaries say: those that are in no group first. */
export function metricsOf(rows: readonly Row[]): string[] {
  const names = new Set<string>();
  for (const { summary } of rows) for (const name in summary) names.add(name);
  const grouped = (name: string): number => Number(name.includes("/"));
  return [...names].sort((one, other) => grouped(one) - grouped(other) || (one < other ? -1 : 1));
}

export function kindsOf(rows: readonly Row[], metrics: readonly string[]): ReadonlyMap<string, Kind> {
  const kinds = new Map<string, Kind>(Object.entries(KINDS));
  for (const name of metrics) kinds.set(name, kindOf(rows.map(({ summary }) => summary[name])));
  return kinds;
}

/** What a row has in a column. */
export function read(row: Row, key: string): unknown {
  return isFixed(key) ? fixed(row, key) : row.summary[key];
}

function fixed({ id, job }: Row, key: Fixed): unknown {
  if (key === "job:id") return id;
  if (!job) return undefined;
  switch (key) {
    case "job:state":
      return job.state;
    case "job:comment":
      return job.comment || undefined;
    case "job:model":
      return nameOf(job.model, "model");
    case "job:datasets":
      return job.datasets.map((each) => nameOf(each, "dataset") ?? each);
    case "job:runtime":
      return nameOf(job.runtime, "runtime");
    case "job:handler":
      return job.handler;
    case "job:who":
      return job.created_by;
    case "job:when":
      return { $: "instant", v: job.created_at };
    case "job:length":
      return lengthIn(job);
    case "job:rows":
      return job.done;
  }
}

function nameOf(address: string, kind: "model" | "dataset" | "runtime"): string | undefined {
  return named(address, "", kind)?.name || address || undefined;
}

/** Seconds that it took; undefined while it goes on. */
function lengthIn(job: NonNullable<Row["job"]>): number | undefined {
  const length = job.finished_at ? lasted(job, 0) : undefined;
  return length === undefined ? undefined : length / 1000;
}

/** What people call an evaluation, where there is little room: ids of jobs are long. */
export function shortId(id: string): string {
  return /^[a-z2-7]{40}$/.test(id) ? id.slice(0, 12) : id;
}

/** The only one of some ids that begins so; null where there is none, or more than one. */
export function wholeOf(asked: string, ids: readonly string[]): string | null {
  if (ids.includes(asked)) return asked;
  const [only, ...others] = new Set(ids.filter((id) => id.startsWith(asked)));
  return only !== undefined && others.length === 0 ? only : null;
}

/** The rows that short ids stand for, in their order. */
export function chosen(rows: readonly Row[], ids: readonly string[]): Row[] {
  const known = new Map(rows.flatMap((row) => [[row.id, row] as const, [shortId(row.id), row] as const]));
  return [...new Set(ids)].flatMap((id) => known.get(id) ?? rows.find((row) => row.id.startsWith(id)) ?? []);
}
