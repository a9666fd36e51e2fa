import { isRecord, shownOf } from "./value";

const DEEPEST = 3;

/** A value in about so many characters, on one line. */
export function brief(value: unknown, room = 160, depth = 0): string {
  const shown = shownOf(value);
  switch (shown.kind) {
    case "absent":
      return "";
    case "nothing":
      return "null";
    case "truth":
      return String(shown.value);
    case "number":
    case "time":
      return shown.text;
    case "text":
      return depth === 0 ? cut(shown.text, room) : cut(JSON.stringify(shown.text.slice(0, room + 1)), room);
    case "link":
      return cut(shown.uri, room);
    case "names":
      return group("[", shown.names, "]", room, depth);
    case "bytes":
      return `bytes(${shown.size})`;
    case "figure":
      return `${shown.name}(${coordinates(shown.record)})`;
    case "tree":
      return nested(shown.value, room, depth);
    default:
      return `${shown.source.mime || shown.kind}(${shown.source.shape.join(" × ") || shown.source.size || ""})`;
  }
}

function nested(value: unknown, room: number, depth: number): string {
  if (Array.isArray(value)) return group("[", value, "]", room, depth);
  if (!isRecord(value)) return String(value);
  const parts: string[] = [];
  let left = room;
  const entries = Object.entries(value);
  for (const [name, each] of depth < DEEPEST ? entries : []) {
    if (left <= 0) break;
    const part = `${name}: ${brief(each, left, depth + 1)}`;
    parts.push(part);
    left -= part.length + 2;
  }
  if (parts.length < entries.length) parts.push("…");
  return cut(`{${parts.join(", ")}}`, room);
}

function group(open: string, items: unknown[], close: string, room: number, depth: number): string {
  const parts: string[] = [];
  let left = room;
  for (const each of depth < DEEPEST ? items : []) {
    if (left <= 0) break;
    const part = brief(each, left, depth + 1);
    parts.push(part);
    left -= part.length + 2;
  }
  if (parts.length < items.length) parts.push("…");
  return cut(`${open}${parts.join(", ")}${close}`, room);
}

function coordinates(record: Record<string, unknown>): string {
  const known = [record.x, record.y, record.width, record.height].filter((each) => typeof each === "number");
  if (known.length) return known.map((each) => Number(each.toFixed(2))).join(", ");
  const points = record.points ?? record.bbox;
  return Array.isArray(points) ? String(points.length) : "";
}

export function cut(text: string, room: number): string {
  const line = text.slice(0, room + 1).replace(/\s+/g, " ");
  return text.length > room ? `${line.slice(0, room)}…` : line;
}
