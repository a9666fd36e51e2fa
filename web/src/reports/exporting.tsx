import type { QueryClient } from "@tanstack/react-query";
import { renderToStaticMarkup } from "react-dom/server";
import type { Answer } from "../panels/asks";
import { drawnOf, isEmpty, tableOf } from "../panels/drawn";
import { type Look, optionOf } from "../panels/options";
import { pictureOf } from "../panels/picture";
import { answerQuery, type Source } from "../panels/queries";
import type { PanelSpec } from "../panels/spec";
import { written } from "../panels/values";
import Markdown from "../ui/Markdown";
import type { Block, PanelBlock } from "./blocks";
import { markdownOf, type Told } from "./markdown";
import { Prose } from "./Prose";
import { read } from "./pictures";

interface Wanted {
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
interface Taken extends Told {
  picture?: string;
  media: Map<string, string>;
}

const MOST_ROWS = 500;
const MOST_MEDIA = 60;

/** A report as a file that needs nothing else. */
export async function exported(form: "html" | "md", wanted: Wanted): Promise<string> {
  const { name, blocks } = wanted;
  const taken = await Promise.all(
    blocks.map((block, place) => (block.type === "panel" ? take(block, wanted, place) : undefined)),
  );
  const plain = taken.map(
    (panel) =>
      panel && {
        ...panel,
        rows: panel.rows.map((row) => row.map((cell) => (panel.media.has(cell) ? "…" : cell))),
      },
  );
  return form === "md" ? markdownOf(name, blocks, plain) : pageOf(name, blocks, taken, wanted.language);
}

async function take(block: PanelBlock, wanted: Wanted, place: number): Promise<Taken> {
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

const STYLE = `body{max-width:820px;margin:40px auto;padding:0 20px;font:16px/1.65 system-ui,sans-serif;color:#1f2329;overflow-wrap:anywhere}
pre{padding:12px 16px;overflow:auto;background:#f2f4f7;border-radius:6px}code{font-family:ui-monospace,monospace;font-size:.92em}
table{border-collapse:collapse;font-size:14px}th,td{padding:4px 10px;border:1px solid #d9dde3;text-align:left;vertical-align:top}th{background:#f2f4f7}th p,td p{margin:0}.report-table{margin:16px 0;overflow-x:auto}
figure{margin:24px 0}figure div{overflow-x:auto}img{max-width:100%}td img{max-height:64px}blockquote{margin:1em 0;padding-left:16px;color:#5c6370;border-left:3px solid #d9dde3}`;

function pageOf(name: string, blocks: Block[], taken: (Taken | undefined)[], language: string): string {
  const page = (
    <html lang={language === "zh" ? "zh-CN" : "en"}>
      <head>
        <meta charSet="utf-8" />
        <meta
          httpEquiv="Content-Security-Policy"
          content="default-src 'none'; img-src data:; style-src 'unsafe-inline'"
        />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>{name}</title>
        <style>{STYLE}</style>
      </head>
      <body>
        <h1>{name}</h1>
        {blocks.map((block, place) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: parts stay where they are
          <Part key={place} block={block} taken={taken[place]} />
        ))}
      </body>
    </html>
  );
  return `<!doctype html>\n${renderToStaticMarkup(page)}\n`;
}

function Part({ block, taken }: { block: Block; taken: Taken | undefined }) {
  if (block.type === "prose") return <Prose nodes={block.nodes} />;
  if (block.type === "text") return <Markdown text={block.markdown} />;
  if (block.type === "image") return block.source ? <img src={block.source} alt={block.alt} /> : null;
  return taken ? <Figure taken={taken} /> : null;
}

function Figure({ taken: { title, conditions, heads, rows, picture, media } }: { taken: Taken }) {
  const table = (
    <div>
      <table>
        <thead>
          <tr>
            {heads.map((head) => (
              <th key={head}>{head}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, place) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: rows stay where they are
            <tr key={place}>
              {row.map((cell, at) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: see above
                <td key={at}>{media.has(cell) ? <img src={media.get(cell)} alt="" /> : cell}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
  return (
    <figure>
      <figcaption>
        <strong>{title}</strong>
        {conditions && ` · ${conditions}`}
      </figcaption>
      {picture ? (
        <>
          <img src={picture} alt={title} />
          <details>
            <summary>{title}</summary>
            {table}
          </details>
        </>
      ) : (
        table
      )}
    </figure>
  );
}

/** Hand a text to whoever looks, as a file. */
export function download(name: string, form: "html" | "md", text: string): void {
  const kind = form === "html" ? "text/html" : "text/markdown";
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: `${kind};charset=utf-8` }));
  link.download = `${name.replace(/[^\p{L}\p{N} ._-]/gu, "_").slice(0, 80)}.${form}`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
