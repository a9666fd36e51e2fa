import { type Answer, type Ask, asksOf, namesOf, type TableInfo } from "../panels/asks";
import { answered } from "../panels/queries";
import { type PanelSpec, PLAIN, recordOf, specOf, textOf } from "../panels/spec";
import { type Node, nodesOf } from "./known";

export interface PanelBlock {
  type: "panel";
  spec: PanelSpec;
  asks: Ask[];
  /** What the curves are called, in the order of the questions. */
  names: string[];
  /** What it shows for good; null where it is live. */
  frozen: { at: string; answers: Answer[] } | null;
  /** Whether it was kept with one question, as programs do. */
  plain: boolean;
}

/** A part of a report. */
export type Block =
  | { type: "prose"; nodes: Node[] }
  | { type: "text"; markdown: string }
  | { type: "image"; alt: string; source: string }
  | PanelBlock;

const PICTURE = /^data:image\/(png|jpeg|gif|webp);base64,/;

/** Parts as they are kept; whatever is not known is left out. */
export function blocksOf(content: unknown): Block[] {
  const { blocks } = recordOf(content);
  return Array.isArray(blocks) ? blocks.map(blockOf) : [];
}

function blockOf(kept: unknown): Block {
  const told = recordOf(kept);
  if (told.type === "prose") return { type: "prose", nodes: nodesOf(told.nodes) };
  if (told.type === "text") return { type: "text", markdown: textOf(told.markdown) };
  if (told.type === "image") {
    const source = textOf(told.source);
    return { type: "image", alt: textOf(told.alt), source: PICTURE.test(source) ? source : "" };
  }
  return panelOf(told);
}

function panelOf(told: Record<string, unknown>): PanelBlock {
  const chart = recordOf(told.chart);
  const asks = Array.isArray(told.asks) ? (told.asks as Ask[]) : [];
  const plain = asks.length === 0 && typeof told.question === "object" && told.question !== null;
  const question = told.question as (Ask & { type: "rows" })["question"];
  const names = Array.isArray(chart.names) ? chart.names.map(String) : [];
  const frozen = recordOf(told.frozen);
  return {
    type: "panel",
    spec: { ...specOf(plain ? PLAIN : chart.spec), title: textOf(told.title) },
    asks: plain ? [{ type: "rows", question }] : asks,
    names,
    frozen: Array.isArray(frozen.answers)
      ? { at: textOf(frozen.at), answers: frozen.answers.map(answered) }
      : null,
    plain,
  };
}

/** The other way round. */
export function keptOf(blocks: Block[]): { description: string; blocks: Record<string, unknown>[] } {
  return { description: "", blocks: blocks.map(kept) };
}

function kept(block: Block): Record<string, unknown> {
  if (block.type !== "panel") return { ...block };
  const { spec, asks, names, frozen, plain } = block;
  const [first] = asks;
  return {
    type: "panel",
    title: spec.title,
    chart: { spec, names },
    ...(plain ? { question: first?.question } : { asks }),
    frozen,
  };
}

/** Names of the nodes of the editor that are no text. */
export const PANEL_NODE = "reportPanel";
export const IMAGE_NODE = "reportImage";

/** The first heading of a page is its title: those of the text stand one level below where they are written. */
function shifted(nodes: Node[], by: number): Node[] {
  return nodes.map((node) => ({
    ...node,
    ...(node.type === "heading" && { attrs: { level: Number(node.attrs?.level ?? 1) + by } }),
    ...(node.content && { content: shifted(node.content, by) }),
  }));
}

/** A report as the editor has it. */
export function documentOf(blocks: Block[]): Node {
  const content = blocks.flatMap((block): Node[] => {
    if (block.type === "prose") return shifted(block.nodes, 1);
    if (block.type === "image")
      return block.source ? [{ type: IMAGE_NODE, attrs: { alt: block.alt, source: block.source } }] : [];
    return [{ type: PANEL_NODE, attrs: { block } }];
  });
  return { type: "doc", content: content.length > 0 ? content : [{ type: "paragraph" }] };
}

/** The other way round: text that follows on text is one block. */
export function blocksIn(document: Node): Block[] {
  const blocks: Block[] = [];
  for (const node of document.content ?? []) {
    const last = blocks.at(-1);
    if (node.type === PANEL_NODE) blocks.push(node.attrs?.block as Block);
    else if (node.type === IMAGE_NODE)
      blocks.push({ type: "image", alt: textOf(node.attrs?.alt), source: textOf(node.attrs?.source) });
    else if (last?.type === "prose") last.nodes.push(...shifted(nodesOf([node]), -1));
    else blocks.push({ type: "prose", nodes: shifted(nodesOf([node]), -1) });
  }
  return blocks;
}

/** A panel of a report: what it asks is settled now, so that nothing else can be asked through its link. */
export function panelBlock(spec: PanelSpec, tables: TableInfo[]): Block {
  if (spec.kind === "text") return { type: "text", markdown: spec.text };
  return {
    type: "panel",
    spec,
    asks: asksOf(spec, spec.job, tables),
    names: namesOf(spec, spec.job, tables),
    frozen: null,
    plain: false,
  };
}
