import { renderToStaticMarkup } from "react-dom/server";
import Markdown from "../ui/Markdown";
import type { Block } from "./blocks";
import { CellTable } from "./CellTable";
import { markdownOf } from "./markdown";
import { Prose } from "./Prose";
import { type Taken, take, type Wanted } from "./taking";

/** A report as a file that needs nothing else. */
export async function exported(form: "html" | "md", wanted: Wanted): Promise<string> {
  const { name, blocks } = wanted;
  const taken = await Promise.all(
    blocks.map((block, place) => (block.type === "panel" ? take(block, wanted, place) : undefined)),
  );
  return form === "md" ? markdownOf(name, blocks, taken) : pageOf(name, blocks, taken, wanted.language);
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

function Figure({ taken: { title, conditions, heads, rows, picture, note } }: { taken: Taken }) {
  const table = (
    <div>
      <CellTable heads={heads} rows={rows} />
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
      {note && <p>{note}</p>}
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
