import type { Names } from "./classes";
import { dtypeOf } from "./elements";
import type { Hidden } from "./hidden";
import { type Figure, figuresOf, SORTS, type Sort, sortOf } from "./outline";
import { type Source, shownOf } from "./value";

/** One column of a row as it is laid over a picture of that row. */
export interface Layer {
  name: string;
  colour: string;
  figures: Figure[];
  /** Pictures and arrays of which each pixel says what it belongs to. */
  masks: Source[];
}

/** How many marks of each sort layers have; sorts that do not occur are left out. */
export function sortsOf(layers: Layer[]): Map<Sort, number> {
  const found = layers.flatMap(({ figures, masks }) => [
    ...figures.map(sortOf),
    ...masks.map((): Sort => "masks"),
  ]);
  return new Map(
    SORTS.flatMap((sort) => {
      const count = found.filter((each) => each === sort).length;
      return count > 0 ? [[sort, count] as const] : [];
    }),
  );
}

/** A figure as it is drawn: whole, or only its name. */
export interface Mark {
  figure: Figure;
  whole: boolean;
  caption: string;
}

/** What is left of layers where some are switched off, and some sorts of marks of all of them. */
export function leftOf(layers: Layer[], { layers: without, sorts }: Hidden) {
  return layers.flatMap(({ name, colour, figures, masks }) => {
    if (without.has(name)) return [];
    const marks = figures.flatMap((figure): Mark[] => {
      const whole = !sorts.has(sortOf(figure));
      const named = whole || (figure.beside ?? []).some((sort) => !sorts.has(sort));
      const caption = named && !sorts.has("labels") ? figure.caption : "";
      return whole || caption ? [{ figure, whole, caption }] : [];
    });
    return [{ name, colour, marks, masks: sorts.has("masks") ? [] : masks }];
  });
}

/** How many of the marks of layers have a name. */
export function labelsOf(layers: Layer[]): number {
  return layers.flatMap(({ figures }) => figures).filter(({ caption }) => caption).length;
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

/**
 * What of a row can be laid over the picture in one of its columns; names in the row itself go before others.
 *
 * Args: `order` the columns that have colours already, as where several rows are seen at once.
 */
export function layersOf(
  row: Readonly<Record<string, unknown>>,
  column: string,
  classes: Names = {},
  order: readonly string[] = [],
): Layer[] {
  const own = Object.values(row).flatMap((value) => {
    const shown = shownOf(value);
    return shown.kind === "names" ? [shown.names] : [];
  })[0];
  const names = own ?? classes;
  const image = shownOf(row[column]);
  const shape = "source" in image ? image.source.shape : [];
  return Object.entries(row)
    .flatMap(([name, value]) => {
      if (name === column) return [];
      const figures = figuresOf(value, names);
      const masks = masksOf(value, shape);
      return figures.length || masks.length ? [{ name, figures, masks }] : [];
    })
    .map((layer, place) => {
      const known = order.indexOf(layer.name);
      return { ...layer, colour: colourOf(known < 0 ? place : known) };
    });
}

/** What of several rows can be laid over their pictures, put together by column. */
export function layersOfAll(
  rows: readonly Readonly<Record<string, unknown>>[],
  column: string,
  classes: Names = {},
): Layer[] {
  const found = new Map<string, Layer>();
  for (const { name, figures, masks } of rows.flatMap((row) => layersOf(row, column, classes))) {
    const before = found.get(name) ?? { name, colour: colourOf(found.size), figures: [], masks: [] };
    found.set(name, {
      ...before,
      figures: [...before.figures, ...figures],
      masks: [...before.masks, ...masks],
    });
  }
  return [...found.values()];
}

function masksOf(value: unknown, shape: (number | null)[]): Source[] {
  if (Array.isArray(value)) return value.slice(0, 50).flatMap((each) => masksOf(each, shape));
  const shown = shownOf(value);
  if (shown.kind === "image") return shown.source.mask ? [shown.source] : [];
  if (shown.kind !== "array" || shown.source.shape.length !== 2) return [];
  const fits = shown.source.shape.every((length, axis) => length !== null && length === shape[axis]);
  return fits && /int|bool/.test(dtypeOf(shown.source.dtype)?.name ?? "") ? [shown.source] : [];
}
