import type { QueryClient } from "@tanstack/react-query";
import type { Answer } from "../panels/asks";
import { drawnOf, isEmpty, tableOf } from "../panels/drawn";
import { type Look, optionOf } from "../panels/options";
import { pictureOf } from "../panels/picture";
import { answerQuery, type Source, totalQuery } from "../panels/queries";
import type { PanelSpec } from "../panels/spec";
import { written } from "../panels/values";
import type { Block, PanelBlock } from "./blocks";
import { type Cell, type Cells, cellsOf, type Picture } from "./cells";
import type { Cut } from "./cut";
import type { Told } from "./markdown";
import { read } from "./pictures";

/** What is taken along, and what is needed for it. */
export interface Wanted {
  name: string;
  blocks: Block[];
  sourceOf: (place: number) => Source;
  asking: QueryClient;
  language: string;
  words: Look["words"] & { key: string; rows: string };
  /** What a panel is called. */
  titleOf: (spec: PanelSpec) => string;
  /** In words, which rows a panel shows. */
  conditions: (spec: PanelSpec) => string;
  cut: Cut;
  /** In words, that a chart is made of that many rows alone. */
  madeOf: (shown: number) => string;
}

/** A panel, taken along: its figures, and its picture. */
export interface Taken extends Told {
  picture?: string;
}

const MOST_ROWS = 500;
const MOST_PICTURES = 60;

/** Whatever a panel shows, so that it needs nobody any more. */
export async function take(block: PanelBlock, wanted: Wanted, place: number): Promise<Taken> {
  const { spec, names, frozen, asks } = block;
  const source = wanted.sourceOf(place);
  const answers =
    frozen?.answers ??
    (await Promise.all(
      asks.map((ask, number) => wanted.asking.fetchQuery(answerQuery(source, ask, number))),
    ));
  const named = { title: wanted.titleOf(spec), conditions: wanted.conditions(spec) };
  const [first] = answers;
  if (spec.kind === "table" || spec.kind === "figures") {
    const cells = first ? cellsOf(first, spec.y, wanted.words.key, wanted.language) : { heads: [], rows: [] };
    const note = first && spec.kind === "table" ? await noteOf(first, block, source, wanted) : "";
    return { ...named, ...(await held(cells)), note };
  }
  const drawn = drawnOf(spec, answers, names, { language: wanted.language, rows: wanted.words.rows });
  const { heads, rows } = tableOf(drawn, wanted.language);
  const told = rows.slice(0, MOST_ROWS).map((row) => row.map((value) => written(value, wanted.language)));
  const look: Look = {
    dark: false,
    text: "#1f2329",
    faint: "#5c6370",
    line: "#d9dde3",
    ground: "#ffffff",
    font: "system-ui, sans-serif",
    language: wanted.language,
    words: wanted.words,
  };
  const picture = isEmpty(drawn) ? undefined : pictureOf(optionOf(drawn, look));
  const short = answers.find(({ next }) => next !== undefined);
  const note =
    rows.length > MOST_ROWS
      ? wanted.cut(MOST_ROWS, rows.length)
      : short
        ? wanted.madeOf(short.rows.length)
        : "";
  return { ...named, heads, rows: told, note, ...(picture && { picture }) };
}

/** That the rows of a table are only the first, where they are. */
async function noteOf(
  { rows, next }: Answer,
  { asks: [ask], frozen }: PanelBlock,
  source: Source,
  { asking, cut }: Wanted,
): Promise<string> {
  if (next === undefined) return "";
  const total = frozen || !ask ? null : await asking.fetchQuery(totalQuery(source, ask));
  return cut(rows.length, total);
}

/** Rows with their pictures in them, as far as they are not too many. */
async function held({ heads, rows }: Cells): Promise<Cells> {
  const pictures = rows.flat().filter((cell) => typeof cell !== "string");
  const kept = await Promise.all(pictures.slice(0, MOST_PICTURES).map(addressOf));
  const addresses = new Map(pictures.map((picture, place) => [picture, kept[place]]));
  const inside = (cell: Cell): Cell => {
    if (typeof cell === "string") return cell;
    const address = addresses.get(cell);
    return address ? { ...cell, address } : cell.name;
  };
  return { heads, rows: rows.map((row) => row.map(inside)) };
}

/** An address that holds the picture itself; undefined where it is not to be had. */
async function addressOf({ kind, address }: Picture): Promise<string | undefined> {
  if (address.startsWith("data:")) return address;
  const answer = await fetch(address, { credentials: "same-origin" });
  return answer.ok ? read(new Blob([await answer.arrayBuffer()], { type: kind })) : undefined;
}
