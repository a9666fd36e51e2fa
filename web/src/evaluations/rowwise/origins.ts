import { named, UNSEEN } from "../../jobs/names";
import type { Row } from "../rows";
import type { Compared } from "./asking";

/** What stands between the dataset and the key in ids of results. */
const JOIN = "_#@#_";
/** The only table whose ids without a dataset are taken for keys of rows. */
const RESULTS = "results";

/** A version of a dataset that an evaluation has read. */
export interface Version {
  project: string;
  name: string;
  version: string;
  path: string;
}

/** Where a row was read from. */
export interface Origin {
  of: Version;
  /** What its key may be: in an id, a number looks like a text of digits. */
  keys: readonly (number | string)[];
  /** The evaluations that have read it there, by their places. */
  places: readonly number[];
}

/** The versions that an evaluation has read. */
export function readBy(row: Row, project: string): Version[] {
  return (row.job?.datasets ?? []).flatMap((address) => named(address, project, "dataset") ?? []);
}

/** All versions that some of the evaluations have read. */
export function readByAll(rows: readonly Row[], project: string): Version[] {
  const found = rows.flatMap((row) => readBy(row, project));
  return [...new Map(found.map((each) => [each.path, each])).values()];
}

/** Where a row of a table was read from: more than one place where evaluations have read other versions. */
export function originsOf(
  { id, values }: Pick<Compared, "id" | "values">,
  rows: readonly Row[],
  table: string,
  project: string,
): Origin[] {
  const found = new Map<string, { of: Version; keys: Origin["keys"]; places: number[] }>();
  for (const [place, row] of rows.entries()) {
    if (!values[place]) continue;
    const origin = originOf(id, readBy(row, project), table);
    if (!origin) continue;
    const known = found.get(origin.of.path);
    if (known) known.places.push(place);
    else found.set(origin.of.path, { ...origin, places: [place] });
  }
  return [...found.values()];
}

/** Whether a row comes from an evaluation that has read what one may not look into. */
export function isClosed({ values }: Pick<Compared, "values">, rows: readonly Row[]): boolean {
  return rows.some((row, place) => values[place] && row.job?.datasets.includes(UNSEEN));
}

/** Whether the rows of a table are rows of datasets at all. */
export function isOfDataset(id: string | number, table: string): boolean {
  return table === RESULTS || String(id).includes(JOIN);
}

/** The part of an id that tells rows of one dataset apart. */
export function keyIn(id: string | number): string {
  const text = String(id);
  const at = text.indexOf(JOIN);
  return at < 0 ? text : text.slice(at + JOIN.length);
}

function originOf(
  id: string | number,
  read: readonly Version[],
  table: string,
): Pick<Origin, "of" | "keys"> | undefined {
  const at = typeof id === "string" ? id.indexOf(JOIN) : -1;
  if (at < 0) {
    const [only, ...others] = read;
    return only && others.length === 0 && table === RESULTS ? { of: only, keys: keysOf(id) } : undefined;
  }
  const [project = "", name = "", version = ""] = String(id).slice(0, at).split("/");
  const of = read.find(
    (each) => each.project === project && each.name === name && each.version.startsWith(version),
  );
  return of && { of, keys: keysOf(String(id).slice(at + JOIN.length)) };
}

function keysOf(id: string | number): (number | string)[] {
  if (typeof id === "number") return [id];
  const number = /^(0|-?[1-9]\d*)$/.test(id) ? Number(id) : Number.NaN;
  return Number.isSafeInteger(number) ? [number, id] : [id];
}
