import { recordOf, textOf } from "../panels/spec";
import { safeAddress } from "../ui/address";

/** A node of a text, as the editor and the server know it; see src/starwhale/evaluations/prose.py. */
export interface Node {
  type: string;
  attrs?: Record<string, unknown>;
  content?: Node[];
  marks?: { type: string; attrs?: Record<string, unknown> }[];
  text?: string;
}

const ATTRS: Record<string, string[]> = {
  heading: ["level"],
  orderedList: ["start"],
  codeBlock: ["language"],
  link: ["href"],
  tableHeader: ["colspan", "rowspan"],
  tableCell: ["colspan", "rowspan"],
};
const NODES = new Set(["paragraph", "heading", "bulletList", "orderedList", "listItem", "blockquote"]);
for (const each of ["codeBlock", "horizontalRule", "hardBreak", "text"]) NODES.add(each);
/** What lies only within one other, and the most of it that is shown. */
const INSIDE: Record<string, { of: string; most: number }> = {
  tableRow: { of: "table", most: 500 },
  tableHeader: { of: "tableRow", most: 50 },
  tableCell: { of: "tableRow", most: 50 },
};
for (const each of ["table", ...Object.keys(INSIDE)]) NODES.add(each);
const WIDEST = 50;
const MARKS = new Set(["bold", "italic", "strike", "underline", "code", "link"]);

/** The nodes of a text that are known; links that lead nowhere good are only text. */
export function nodesOf(kept: unknown, depth = 0, parent = ""): Node[] {
  if (!Array.isArray(kept) || depth > 20) return [];
  return kept.map(recordOf).flatMap((told): Node[] => {
    const type = textOf(told.type);
    if (!NODES.has(type) || !isAtHome(type, parent)) return [];
    if (type === "text") {
      const text = textOf(told.text);
      const marks = marksOf(told.marks);
      return text ? [{ type, text, ...(marks.length > 0 && { marks }) }] : [];
    }
    const content = filled(type, nodesOf(told.content, depth + 1, type));
    if (!content) return [];
    return [{ type, ...attrsOf(type, told.attrs), ...(content.length > 0 && { content }) }];
  });
}

/** Rows lie in tables, cells in rows, and paragraphs alone in cells. */
function isAtHome(type: string, parent: string): boolean {
  const home = INSIDE[type];
  if (home) return home.of === parent;
  if (parent === "table" || parent === "tableRow") return false;
  return !isCell(parent) || type === "paragraph";
}

/** What a node holds, where it may be so; a table without rows is none, and neither is a row without cells. */
function filled(type: string, content: Node[]): Node[] | undefined {
  if (isCell(type)) return content.length > 0 ? content : [{ type: "paragraph" }];
  if (type !== "table" && type !== "tableRow") return content;
  const [first] = content;
  return first && content.slice(0, INSIDE[first.type]?.most);
}

const isCell = (type: string): boolean => type === "tableHeader" || type === "tableCell";

/** Whether all cells of a row are headings. */
export function isHeaderRow(row: Node | undefined): boolean {
  return row?.content?.every(({ type }) => type === "tableHeader") ?? false;
}

function marksOf(kept: unknown): NonNullable<Node["marks"]> {
  if (!Array.isArray(kept)) return [];
  return kept.map(recordOf).flatMap((told) => {
    const type = textOf(told.type);
    if (!MARKS.has(type)) return [];
    if (type !== "link") return [{ type }];
    const href = safeAddress(textOf(recordOf(told.attrs).href));
    return href ? [{ type, attrs: { href } }] : [];
  });
}

function attrsOf(type: string, kept: unknown): { attrs?: Record<string, unknown> } {
  const told = recordOf(kept);
  const known = (ATTRS[type] ?? []).flatMap((name): [string, unknown][] => {
    const value = told[name];
    if (value === undefined || value === null) return [];
    if (!isCell(type)) return [[name, value]];
    const span = Math.min(Math.max(Math.trunc(Number(value)) || 1, 1), WIDEST);
    return span > 1 ? [[name, span]] : [];
  });
  return known.length > 0 ? { attrs: Object.fromEntries(known) } : {};
}
