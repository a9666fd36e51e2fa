import { shownOf } from "../media/value";
import type { Answer } from "../panels/asks";
import { columnsOf } from "../panels/drawn";
import { written } from "../panels/values";

/** A picture in a cell. */
export interface Picture {
  name: string;
  kind: string;
  /** Where it is had, or an address that holds it. */
  address: string;
}

export type Cell = string | Picture;

/** Rows as they are told away from the page. */
export interface Cells {
  heads: string[];
  rows: Cell[][];
}

const KINDS = /^image\/(png|jpeg|gif|webp)$/;
const MEDIA = new Set(["image", "audio", "video", "writing", "array", "file", "bytes"]);

/** The rows of an answer: pictures as such, other media by their names. */
export function cellsOf({ rows }: Answer, wanted: string[], key: string, language: string): Cells {
  const columns = wanted.length > 0 ? wanted : columnsOf(rows);
  return {
    heads: [key, ...columns],
    rows: rows.map(({ id, values }) => [
      String(id),
      ...columns.map((column) => cellOf(values[column], `${column} ${id}`, language)),
    ]),
  };
}

function cellOf(value: unknown, called: string, language: string): Cell {
  const shown = shownOf(value);
  if (!MEDIA.has(shown.kind) || !("source" in shown)) return written(value, language);
  const { name: own, mime, url } = shown.source;
  const name = own || called;
  if (shown.kind !== "image" || !KINDS.test(mime) || !url) return name;
  return { name, kind: mime, address: url.replace(/^data:[\w/-]+/, `data:${mime}`) };
}
