import { classOf, type Names } from "./classes";
import { isRecord, numberOf, shownOf, textOf } from "./value";

export type Spot = readonly [number, number];

/** What is drawn over a picture, in its pixels. */
export type Figure = Drawn & {
  caption: string;
  /** Of other sorts, what is marked of the same thing: its name is theirs too. */
  beside?: Sort[];
};
type Drawn =
  | { shape: "box"; x: number; y: number; width: number; height: number }
  | { shape: "polygon" | "line" | "points"; spots: Spot[] }
  | { shape: "runs"; height: number; width: number; runs: number[] };

/** The sorts of marks that people tell apart. */
export const SORTS = ["boxes", "outlines", "masks", "points"] as const;
export type Sort = (typeof SORTS)[number];

const SORT_OF = {
  box: "boxes",
  polygon: "outlines",
  line: "outlines",
  runs: "masks",
  points: "points",
} as const satisfies Record<Figure["shape"], Sort>;

export function sortOf({ shape }: Figure): Sort {
  return SORT_OF[shape];
}

const LARGEST = 1e6;
const CAPTIONS = ["label", "name", "class", "category", "text", "id"];
const DEEPEST = 6;
const MOST = 2000;

/** The figures in a value, at any depth; what stands beside one names it. */
export function figuresOf(value: unknown, names: Names = []): Figure[] {
  const found: Figure[] = [];
  collect(value, "", names, found, 0);
  return found;
}

function collect(value: unknown, caption: string, names: Names, found: Figure[], depth: number): void {
  if (found.length >= MOST || depth > DEEPEST || typeof value !== "object" || value === null) return;
  if (Array.isArray(value)) {
    for (const each of value) collect(each, caption, names, found, depth + 1);
    return;
  }
  const shown = shownOf(value);
  if (shown.kind === "figure") {
    found.push(...drawn(shown.name, shown.record, caption, names));
    return;
  }
  if (shown.kind !== "tree" || !isRecord(shown.value)) {
    if (shown.kind === "tree") collect(shown.value, caption, names, found, depth + 1);
    return;
  }
  const own = captionOf(shown.value, names) || caption;
  for (const each of Object.values(shown.value)) collect(each, own, names, found, depth + 1);
}

function captionOf(record: Record<string, unknown>, names: Names): string {
  for (const key of CAPTIONS) {
    const found = record[key];
    if (typeof found === "string" && found) return found.slice(0, 60);
    if (typeof found === "number") return (classOf(names, found) ?? String(found)).slice(0, 60);
  }
  return "";
}

function drawn(name: string, record: Record<string, unknown>, caption: string, names: Names): Figure[] {
  switch (name) {
    case "bounding_box":
      return boxOf([record.x, record.y, record.width, record.height], caption);
    case "bounding_box3d":
      return [record.bbox_a, record.bbox_b].flatMap((each) =>
        isRecord(each) ? boxOf([each.x, each.y, each.width, each.height], caption) : [],
      );
    case "point":
      return pathOf("points", [[record.x, record.y]], caption);
    case "line":
    case "polygon":
      return pathOf(name, record.points, caption);
    default:
      return annotated(record, caption || categoryOf(record.category_id, names));
  }
}

function categoryOf(category: unknown, names: Names): string {
  const number = numberOf(category);
  return number === null ? "" : (classOf(names, number) ?? `#${number}`).slice(0, 60);
}

function boxOf(sides: unknown[], caption: string): Figure[] {
  const [x, y, width, height] = sides.map(sane);
  if (x === undefined || y === undefined || width === undefined || height === undefined) return [];
  // Corners may have been given the wrong way round.
  const [left, top] = [Math.min(x, x + width), Math.min(y, y + height)];
  return [{ shape: "box", x: left, y: top, width: Math.abs(width), height: Math.abs(height), caption }];
}

function pathOf(shape: "polygon" | "line" | "points", points: unknown, caption: string): Figure[] {
  if (!Array.isArray(points)) return [];
  const spots = points.flatMap((each): Spot[] => {
    const [x, y] = Array.isArray(each) ? each.map(sane) : [];
    return x === undefined || y === undefined ? [] : [[x, y]];
  });
  return spots.length ? [{ shape, spots, caption }] : [];
}

function annotated(record: Record<string, unknown>, caption: string): Figure[] {
  const box = Array.isArray(record.bbox) ? boxOf(record.bbox, "") : [];
  const rings = Array.isArray(record.polygons) ? record.polygons : [];
  const outline = rings.flatMap((ring) => (Array.isArray(ring) ? pathOf("polygon", paired(ring), "") : []));
  const runs = runsOf(record);
  const [named] = [...box, ...outline];
  if (named && caption) {
    named.caption = caption;
    const others = [...runs, ...outline].map(sortOf).filter((sort) => sort !== sortOf(named));
    if (others.length > 0) named.beside = [...new Set(others)];
  }
  return [...runs, ...outline, ...box];
}

function paired(ring: unknown[]): unknown[] {
  return Array.from({ length: Math.floor(ring.length / 2) }, (_, at) => [ring[2 * at], ring[2 * at + 1]]);
}

function runsOf(record: Record<string, unknown>): Figure[] {
  const [height, width] = Array.isArray(record.rle_size) ? record.rle_size.map(sane) : [];
  if (!height || !width || height * width > 1e8) return [];
  const runs = Array.isArray(record.rle_counts)
    ? record.rle_counts.flatMap((each) => sane(each) ?? [])
    : unpacked(textOf(record.rle_text));
  return runs.length ? [{ shape: "runs", height, width, runs, caption: "" }] : [];
}

/** Run lengths as COCO packs them: six bits to a letter, the lowest first, each but the first few as a difference. */
export function unpacked(text: string): number[] {
  const runs: number[] = [];
  let at = 0;
  while (at < text.length) {
    let value = 0;
    let shift = 0;
    let more = true;
    while (more && at < text.length) {
      const bits = text.charCodeAt(at++) - 48;
      if (bits < 0 || bits > 63 || shift > 25) return [];
      value |= (bits & 31) << shift;
      shift += 5;
      more = (bits & 32) !== 0;
      if (!more && bits & 16) value |= -1 << shift;
    }
    if (runs.length > 2) value += runs[runs.length - 2] ?? 0;
    runs.push(value);
  }
  return runs;
}

/** The pixels that run lengths cover, row by row; they go down the columns, first what is not covered. */
export function covered(runs: number[], height: number, width: number): Uint8Array {
  const mask = new Uint8Array(height * width);
  let at = 0;
  for (const [place, length] of runs.entries()) {
    const end = Math.min(mask.length, at + Math.max(0, length));
    if (place % 2) for (; at < end; at++) mask[(at % height) * width + Math.floor(at / height)] = 1;
    at = end;
  }
  return mask;
}

function sane(value: unknown): number | undefined {
  const number = numberOf(value);
  return number === null || Math.abs(number) > LARGEST ? undefined : number;
}
