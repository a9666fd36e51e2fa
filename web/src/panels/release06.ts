import { boardOf, COLUMNS, clamped, LOWEST, MOST, type Placed } from "./boards";
import { type PanelSpec, PLAIN, recordOf, specOf, textOf } from "./spec";

type Told = Record<string, unknown>;

/** The widgets of release 0.6 that show something, as its saved boards call them and as its short form does. */
const CURVES: Partial<PanelSpec> = { kind: "curves", x: "fpr", y: ["tpr"] };
const WIDGETS = new Map<string, Partial<PanelSpec>>([
  ["ui:panel:table", { kind: "table" }],
  ["ui:panel:rocauc", CURVES],
  ["ui:panel:confusion_matrix", { kind: "matrix" }],
  // As the same was called before 0.4.
  ["ui:panel:heatmap", { kind: "matrix" }],
  ["ui:panel:barchart", { kind: "bars", x: "id" }],
  ["table", { kind: "table" }],
  ["roc_auc", CURVES],
  ["confusion_matrix", { kind: "matrix" }],
]);
/** Pixels that a panel had there where nobody had sized it, and those of a row with its gap, and of a step here. */
const USUAL = { width: 430, height: 274 };
const PAGE = 1200;
const STEP = 80;
const MOST_NODES = 5000;

interface Section {
  title: string;
  size: { width: number; height: number };
  charts: { type: string; data: Told }[];
}

/** A board that lies in a model: one of ours, or one of release 0.6 in either of its forms. */
export function shippedBoard(kept: unknown): Placed[] {
  const own = boardOf(kept);
  if (own.length > 0) return own;
  const sections = "layouts" in recordOf(kept) ? shortForm(recordOf(kept)) : savedForm(recordOf(kept));
  return sections
    .flatMap(placedOf)
    .slice(0, MOST)
    .map((each, place) => ({ ...each, id: String(place + 1) }));
}

/** As people write it: layouts, of which the last counts, with panels of charts. */
function shortForm({ layouts }: Told): Section[] {
  const last = recordOf(listOf(layouts).at(-1));
  return listOf(last.panels).map((panel) => {
    const { title, height, charts } = recordOf(panel);
    return {
      title: textOf(title),
      size: sizeOf({ height }),
      charts: listOf(charts)
        .map(recordOf)
        .map((data) => ({
          type: textOf(data.type),
          data: { ...data, tableName: data.table, chartTitle: data.title },
        })),
    };
  });
}

/** As its console saved it: a tree of ids and types, beside it what is told of each id. */
function savedForm({ tree, widgets }: Told): Section[] {
  const known = recordOf(widgets);
  const sections: Section[] = [];
  const waiting = [...listOf(tree)];
  for (let seen = 0; waiting.length > 0 && seen < MOST_NODES; seen++) {
    const node = recordOf(waiting.shift());
    const told = { ...node, ...recordOf(known[textOf(node.id)]) };
    const type = textOf(node.type) || textOf(told.type);
    const option = recordOf(told.optionConfig);
    if (type === "ui:section")
      sections.push({ title: textOf(option.title), size: sizeOf(recordOf(option.layout)), charts: [] });
    else if (WIDGETS.has(type)) {
      if (sections.length === 0) sections.push({ title: "", size: USUAL, charts: [] });
      sections.at(-1)?.charts.push({ type, data: recordOf(recordOf(told.fieldConfig).data) });
    }
    waiting.unshift(...listOf(node.children));
  }
  return sections;
}

function placedOf({ title, size, charts }: Section): Placed[] {
  const row = Math.max(1, Math.floor(PAGE / size.width));
  const shape = clamped(COLUMNS / row, size.height / STEP);
  const shown = charts.flatMap(({ type, data }) => {
    const known = WIDGETS.get(type);
    return known ? tablesOf(data).map((table) => specOf(specified(known, data, table))) : [];
  });
  if (shown.length === 0) return [];
  const heading = {
    id: "",
    spec: { ...PLAIN, kind: "text" as const, title },
    width: COLUMNS,
    height: LOWEST,
  };
  return [...(title ? [heading] : []), ...shown.map((spec) => ({ id: "", spec, ...shape }))];
}

function specified(known: Partial<PanelSpec>, data: Told, table: string): PanelSpec {
  const drawn = known.kind === "curves" || known.kind === "bars";
  const [x, y] = [textOf(data.x), textOf(data.y)];
  return {
    ...PLAIN,
    ...known,
    ...(drawn && x && { x }),
    ...(drawn && y && { y: [y] }),
    table,
    title: textOf(data.chartTitle),
  };
}

/** A whole path was kept there, `project/ID/eval/ab/JOB/TABLE`, or one that began with a blank for all but the last. */
function tablesOf({ tableName }: Told): string[] {
  const names = Array.isArray(tableName) ? tableName : [tableName];
  return names
    .map((name) => textOf(name).replace(/^\{\{\s*\w+\s*\}\}\/?/, ""))
    .filter(Boolean)
    .map((name) => {
      const inside = /^project\/[^/]+\/eval\/(summary$|[^/]+\/[^/]+\/(.+)$)/.exec(name);
      return inside ? (inside[2] ?? "summary") : name;
    });
}

function sizeOf({ width, height }: Told): Section["size"] {
  const or = (told: unknown, usual: number): number => (typeof told === "number" && told > 0 ? told : usual);
  return { width: or(width, USUAL.width), height: or(height, USUAL.height) };
}

function listOf(kept: unknown): unknown[] {
  return Array.isArray(kept) ? kept : [];
}
