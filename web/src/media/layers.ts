import type { Names } from "./classes";
import { dtypeOf } from "./elements";
import { type Figure, figuresOf } from "./outline";
import { type Source, shownOf } from "./value";

/** One column of a row as it is laid over a picture of that row. */
export interface Layer {
  name: string;
  figures: Figure[];
  /** Pictures and arrays of which each pixel says what it belongs to. */
  masks: Source[];
}

/** Colours that are told apart by most, also by those who do not see red or green. */
export const COLOURS = [
  "#f5a623",
  "#37b7f5",
  "#4fd18b",
  "#ff7ac6",
  "#b99bff",
  "#ffe14d",
  "#ff6b57",
  "#7fe8e0",
];

export function colourOf(place: number): string {
  return COLOURS[place % COLOURS.length] ?? "#f5a623";
}

/** What of a row can be laid over the picture in one of its columns; names in the row itself go before others. */
export function layersOf(
  row: Readonly<Record<string, unknown>>,
  column: string,
  classes: Names = {},
): Layer[] {
  const own = Object.values(row).flatMap((value) => {
    const shown = shownOf(value);
    return shown.kind === "names" ? [shown.names] : [];
  })[0];
  const names = own ?? classes;
  const image = shownOf(row[column]);
  const shape = "source" in image ? image.source.shape : [];
  return Object.entries(row).flatMap(([name, value]): Layer[] => {
    if (name === column) return [];
    const figures = figuresOf(value, names);
    const masks = masksOf(value, shape);
    return figures.length || masks.length ? [{ name, figures, masks }] : [];
  });
}

function masksOf(value: unknown, shape: (number | null)[]): Source[] {
  if (Array.isArray(value)) return value.slice(0, 50).flatMap((each) => masksOf(each, shape));
  const shown = shownOf(value);
  if (shown.kind === "image") return shown.source.mask ? [shown.source] : [];
  if (shown.kind !== "array" || shown.source.shape.length !== 2) return [];
  const fits = shown.source.shape.every((length, axis) => length !== null && length === shape[axis]);
  return fits && /int|bool/.test(dtypeOf(shown.source.dtype)?.name ?? "") ? [shown.source] : [];
}
