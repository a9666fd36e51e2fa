import type { QueryClient } from "@tanstack/react-query";
import type { Answer } from "../panels/asks";
import { drawnOf, isEmpty, tableOf } from "../panels/drawn";
import { type Look, optionOf } from "../panels/options";
import { pictureOf } from "../panels/picture";
import { answerQuery, type Source } from "../panels/queries";
import type { PanelSpec } from "../panels/spec";
import { written } from "../panels/values";
import type { Block, PanelBlock } from "./blocks";
import type { Told } from "./markdown";
import { read } from "./pictures";

/** What is taken along, and what is needed for it. */
export interface Wanted {
  name: string;
  blocks: Block[];
  sourceOf: (place: number) => Source;
  asking: QueryClient;
  language: string;
  words: Look["words"] & { key: string };
  /** In words, which rows a panel shows. */
  conditions: (spec: PanelSpec) => string;
}

/** A panel, taken along: its figures, its picture, and the pictures in its rows. */
export interface Taken extends Told {
  picture?: string;
  media: Map<string, string>;
}

const MOST_ROWS = 500;
const MOST_MEDIA = 60;

/** Whatever a panel shows, so that it needs nobody any more. */
export async function take(block: PanelBlock, wanted: Wanted, place: number): Promise<Taken> {
  const { spec, names, frozen, asks } = block;
  const source = wanted.sourceOf(place);
  const answers =
    frozen?.answers ??
    (await Promise.all(
      asks.map((ask, number) => wanted.asking.fetchQuery(answerQuery(source, ask, number))),
    ));
  const named = { title: spec.title || spec.table, conditions: wanted.conditions(spec) };
  if (spec.kind === "table" || spec.kind === "figures")
    return { ...named, ...(await rowsTaken(answers, spec.y, wanted)) };
  const drawn = drawnOf(spec, answers, names);
  const { heads, rows } = tableOf(drawn);
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
  return { ...named, heads, rows: told, media: new Map(), ...(picture && { picture }) };
}

async function rowsTaken(
  answers: Answer[],
  wanted: string[],
  more: Wanted,
): Promise<Pick<Taken, "heads" | "rows" | "media">> {
  const rows = answers[0]?.rows ?? [];
  const columns = wanted.length > 0 ? wanted : [...new Set(rows.flatMap((row) => Object.keys(row.values)))];
  const media = new Map<string, string>();
  const told = await Promise.all(
    rows.map(async ({ id, values }) => {
      const cells = columns.map(async (column) => {
        const value = values[column];
        const address = media.size < MOST_MEDIA ? await imageOf(value) : undefined;
        if (address) media.set(`${id}\n${column}`, address);
        return address ? `${id}\n${column}` : isMedia(value) ? "…" : written(value, more.language);
      });
      return [String(id), ...(await Promise.all(cells))];
    }),
  );
  return { heads: [more.words.key, ...columns], rows: told, media };
}

const isMedia = (value: unknown): boolean =>
  typeof value === "object" && value !== null && "$" in value && "at" in value;

/** The picture in a cell, as an address that holds it. */
async function imageOf(value: unknown): Promise<string | undefined> {
  if (!isMedia(value)) return undefined;
  const told = value as { $: unknown; mime_type?: unknown; d?: unknown; url?: unknown };
  const kind = String(told.mime_type);
  if (told.$ !== "image" || !/^image\/(png|jpeg|gif|webp)$/.test(kind)) return undefined;
  if (typeof told.d === "string") return `data:${kind};base64,${told.d}`;
  if (typeof told.url !== "string" || !told.url.startsWith("/api/")) return undefined;
  const answer = await fetch(told.url, { credentials: "same-origin" });
  return answer.ok ? read(new Blob([await answer.arrayBuffer()], { type: kind })) : undefined;
}
