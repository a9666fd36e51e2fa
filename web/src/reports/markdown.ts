import type { Block } from "./blocks";
import type { Cell } from "./cells";
import { laidOut } from "./grid";
import { isHeaderRow, type Node } from "./known";

/** What of a panel can be told in text. */
export interface Told {
  title: string;
  /** Which rows it shows; empty for all of them. */
  conditions: string;
  heads: string[];
  rows: Cell[][];
  /** That these are only the first; empty where they are all. */
  note: string;
}

/** Characters of the address of a picture that a line of text can still hold. */
const LARGEST = 300_000;

// What would make code of the paragraph that it begins.
const INDENT = /^(?: {4,}| {0,3}\t)[ \t]*/;
// What would make a list, a rule or a heading of the line that it begins.
const MARK = /^(\s*)([-+=])/gm;
const NUMBER = /^(\s*\d{1,9})([.)])(?=\s|$)/gm;

/** A report as Markdown; panels are tables of their figures. */
export function markdownOf(name: string, blocks: Block[], told: (Told | undefined)[]): string {
  const parts = blocks.map((block, place) => {
    if (block.type === "prose") return block.nodes.map((node) => written(node)).join("\n\n");
    if (block.type === "text") return block.markdown;
    if (block.type === "image") return `![${escaped(block.alt)}](${block.source})`;
    const panel = told[place];
    return panel ? panelOf(panel) : "";
  });
  return `${[`# ${escaped(name)}`, ...parts].filter(Boolean).join("\n\n")}\n`;
}

function panelOf({ title, conditions, heads, rows, note }: Told): string {
  const line = (cells: Cell[]): string => `| ${cells.map(told).join(" | ")} |`;
  const table = [line(heads), `|${" --- |".repeat(heads.length)}`, ...rows.map(line)];
  const which = conditions ? ` · ${escaped(conditions)}` : "";
  return [`**${escaped(title)}**${which}`, table.join("\n"), escaped(note)].filter(Boolean).join("\n\n");
}

function told(cell: Cell): string {
  if (typeof cell === "string") return escaped(cell);
  const { name, address } = cell;
  return address.length > LARGEST ? escaped(name) : `![${escaped(name)}](${address})`;
}

function written(node: Node): string {
  const inside = (): string => (node.content ?? []).map((each) => written(each)).join("\n\n");
  switch (node.type) {
    case "heading":
      return `${"#".repeat(Math.min(Number(node.attrs?.level ?? 1) + 1, 6))} ${line(node)}`;
    case "paragraph":
      return line(node).replace(INDENT, "").replace(MARK, "$1\\$2").replace(NUMBER, "$1\\$2");
    case "blockquote":
      return prefixed(inside(), "> ", "> ");
    case "codeBlock":
      return fenced(plain(node), String(node.attrs?.language ?? ""));
    case "horizontalRule":
      return "---";
    case "table":
      return tableOf(node);
    case "bulletList":
      return (node.content ?? []).map((item) => prefixed(itemOf(item), "- ", "  ")).join("\n");
    case "orderedList": {
      const start = Number(node.attrs?.start ?? 1);
      return (node.content ?? [])
        .map((item, place) => prefixed(itemOf(item), `${start + place}. `, "   "))
        .join("\n");
    }
    default:
      return inside();
  }
}

/** A table as Markdown has them: a row of headings, and one line to a cell. */
function tableOf({ content: rows = [] }: Node): string {
  const grid = laidOut(rows, cellOf);
  const width = grid[0]?.length ?? 0;
  const written = grid.map((row) => `| ${row.join(" | ")} |`);
  const headed = isHeaderRow(rows[0]);
  const first = headed ? written[0] : `|${"  |".repeat(width)}`;
  return [first, `|${" --- |".repeat(width)}`, ...written.slice(headed ? 1 : 0)].join("\n");
}

function cellOf(cell: Node): string {
  const text = (cell.content ?? []).map(line).join(" ").replaceAll("\\\n", " ");
  // Within code nothing is escaped but what would end the cell.
  return text.replace(/(^|[^\\])\|/g, "$1\\|");
}

const itemOf = (item: Node): string => (item.content ?? []).map((each) => written(each)).join("\n");

function prefixed(text: string, first: string, rest: string): string {
  return text
    .split("\n")
    .map((each, place) => (place === 0 ? first : rest) + each)
    .join("\n");
}

function fenced(code: string, language: string): string {
  const longest = Math.max(2, ...[...code.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}${language.replace(/[^\w+-]/g, "")}\n${code}\n${fence}`;
}

function plain(node: Node): string {
  return node.text ?? (node.content ?? []).map(plain).join("");
}

function line(node: Node): string {
  return (node.content ?? []).map(spanOf).join("");
}

function spanOf(node: Node): string {
  if (node.type === "hardBreak") return "\\\n";
  const marks = new Map((node.marks ?? []).map((mark) => [mark.type, mark]));
  const text = node.text ?? "";
  if (marks.has("code")) return `\`${text.replaceAll("`", "'")}\``;
  let told = escaped(text);
  if (marks.has("bold")) told = `**${told}**`;
  if (marks.has("italic")) told = `*${told}*`;
  if (marks.has("strike")) told = `~~${told}~~`;
  const href = marks.get("link")?.attrs?.href;
  return typeof href === "string" ? `[${told}](<${href.replace(/[<>\n]/g, encodeURIComponent)}>)` : told;
}

/** Text that stays text, also where it looks like Markdown or HTML. */
function escaped(text: string): string {
  return text.replace(/[\\`*_[\]<>#~|&]/g, "\\$&").replace(/\s*\n\s*/g, " ");
}
