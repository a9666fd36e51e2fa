/** Bytes that the server keeps, and what is known of them. */
export interface Source {
  /** Where they are had; empty where they are nowhere to be had. */
  url: string;
  /** Their type; empty where nobody said. */
  mime: string;
  size: number | null;
  name: string;
  shape: (number | null)[];
  dtype: string;
  encoding: string;
  /** Marks parts of another picture. */
  mask: boolean;
  /** Where they lie when they are not kept here. */
  link: string;
}

export type MediaKind = "image" | "audio" | "video" | "writing" | "array" | "file";

/** A value of a cell, in the one form that everything here works with. */
export type Shown =
  | { kind: "absent" }
  | { kind: "nothing" }
  | { kind: "number"; text: string }
  | { kind: "truth"; value: boolean }
  | { kind: "text"; text: string }
  | { kind: "time"; type: string; text: string }
  | { kind: "bytes"; size: number; head: string; source: Source }
  | { kind: "link"; uri: string; more: unknown }
  | { kind: "figure"; name: FigureName; record: Record<string, unknown> }
  | { kind: "names"; names: unknown[] }
  | { kind: MediaKind; source: Source }
  | { kind: "tree"; value: unknown };

export const FIGURES = [
  "bounding_box",
  "bounding_box3d",
  "point",
  "line",
  "polygon",
  "coco_annotation",
] as const;
export type FigureName = (typeof FIGURES)[number];

const MEDIA: Record<string, MediaKind> = {
  image: "image",
  grayscale_image: "image",
  audio: "audio",
  video: "video",
  text: "writing",
  binary: "file",
  numpy_binary: "array",
  ndarray: "array",
};
const TIMES = new Set(["datetime", "instant", "date", "time", "duration"]);
const NUMBERS = new Set(["bigint", "decimal", "float"]);
const FLOATS: Record<string, string> = { nan: "NaN", inf: "∞", "-inf": "−∞" };
/** Only what the server has given an address of itself; a value may claim any. */
const OURS =
  /^\/api\/v1\/(media\/[\w.~=-]+|(projects\/[^/?#]+\/tables|shared\/reports\/[^/?#]+)\/media\?[^#]*)$/;

/**
 * A value as rows of datasets have it (`{"type": "image", …}`), or as tables have it (`{"$": "image", …}`).
 *
 * What somebody has written may look like either: nothing here is trusted to be more than a text.
 */
export function shownOf(value: unknown): Shown {
  if (value === undefined) return { kind: "absent" };
  if (value === null) return { kind: "nothing" };
  if (typeof value === "string") return { kind: "text", text: value };
  if (typeof value === "number") return { kind: "number", text: String(value) };
  if (typeof value === "boolean") return { kind: "truth", value };
  if (Array.isArray(value) || !isRecord(value)) return { kind: "tree", value };
  return tagged(value) ?? { kind: "tree", value };
}

function tagged(record: Record<string, unknown>): Shown | undefined {
  if (typeof record.$ === "string") return ofTable(record.$, record);
  return typeof record.type === "string" ? ofRow(record.type, record) : undefined;
}

function ofRow(type: string, record: Record<string, unknown>): Shown | undefined {
  if (type === "bytes" && typeof record.head === "string")
    return { kind: "bytes", size: numberOf(record.size) ?? 0, head: record.head, source: sourceOf(record) };
  const kind = Object.hasOwn(MEDIA, type) ? MEDIA[type] : undefined;
  if (kind && "mime" in record && "size" in record) return { kind, source: sourceOf(record) };
  return plainOf(type, record);
}

function ofTable(type: string, record: Record<string, unknown>): Shown | undefined {
  const { v: value } = record;
  if (type === "bytes") {
    const head = typeof value === "string" ? hexOf(value) : "";
    return { kind: "bytes", size: numberOf(record.size) ?? 0, head, source: sourceOf(record) };
  }
  if (TIMES.has(type)) return { kind: "time", type, text: String(value) };
  if (NUMBERS.has(type)) return { kind: "number", text: FLOATS[String(value)] ?? String(value) };
  if (type === "uuid") return { kind: "text", text: String(value) };
  if (type === "complex") return { kind: "number", text: complexOf(value) };
  if (type === "tuple" || type === "map" || type === "dict") return { kind: "tree", value };
  const kind = Object.hasOwn(MEDIA, type) ? MEDIA[type] : undefined;
  if (kind && "size" in record) return { kind, source: sourceOf(record) };
  return isRecord(value) ? plainOf(type, value) : undefined;
}

function plainOf(type: string, record: Record<string, unknown>): Shown | undefined {
  if (type === "link") return { kind: "link", uri: textOf(record.uri), more: record };
  if (type === "class_label" && Array.isArray(record.names)) return { kind: "names", names: record.names };
  const name = FIGURES.find((each) => each === type);
  return name && { kind: "figure", name, record };
}

function sourceOf(record: Record<string, unknown>): Source {
  const mime = textOf(record.mime ?? record.mime_type);
  const link = isRecord(record.link) ? textOf(record.link.uri) : textOf(record.link);
  return {
    url: addressOf(record),
    mime: mime === "application/octet-stream" || mime === "x/undefined" ? "" : mime,
    size: numberOf(record.size),
    name: textOf(record.display_name),
    shape: Array.isArray(record.shape) ? record.shape.map(numberOf) : [],
    dtype: textOf(record.dtype) || "uint8",
    encoding: textOf(record.encoding),
    mask: record.as_mask === true,
    link,
  };
}

function addressOf({ url, d }: Record<string, unknown>): string {
  if (typeof url === "string" && OURS.test(url)) return url;
  // Few bytes come along with their description; never as a type that could be more than bytes.
  return typeof d === "string" && /^[\w+/]*={0,2}$/.test(d)
    ? `data:application/octet-stream;base64,${d}`
    : "";
}

function complexOf(value: unknown): string {
  const [re, im] = Array.isArray(value) ? value : isRecord(value) ? [value.re, value.im] : [value, 0];
  return `${re} + ${im}i`;
}

function hexOf(base64: string): string {
  try {
    const head = atob(base64.slice(0, 44)).slice(0, 32);
    return [...head].map((each) => each.charCodeAt(0).toString(16).padStart(2, "0")).join("");
  } catch {
    return "";
  }
}

/** Whether a cell of a table is told as media are. */
export const isMedia = ({ $, size }: Record<string, unknown>): boolean =>
  typeof $ === "string" && Object.hasOwn(MEDIA, $) && size !== undefined;

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function numberOf(value: unknown): number | null {
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

export function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}
