import { gzipSync } from "node:zlib";
import type { Plugin, Rolldown } from "vite";

/** What the check needs to know of a file that was built. */
export interface Built {
  bytes: number;
  isEntry: boolean;
  isPage: boolean;
  imports: string[];
  styles: string[];
}

export interface Load {
  page: string;
  bytes: number;
}

/** What a browser fetches to show each page for the first time: the entry, the page, and all that they import. */
export function firstLoads(files: Map<string, Built>): Load[] {
  const entries = [...files].filter(([, file]) => file.isEntry).map(([name]) => name);
  const pages = [...files].filter(([, file]) => file.isPage).map(([name]) => name);
  return pages
    .map((page) => ({ page, bytes: weigh([...entries, page], files) }))
    .sort((one, other) => other.bytes - one.bytes);
}

function weigh(start: string[], files: Map<string, Built>): number {
  const seen = new Set<string>();
  const waiting = [...start];
  let bytes = 0;
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    const file = files.get(name);
    if (!file || seen.has(name)) continue;
    seen.add(name);
    bytes += file.bytes;
    waiting.push(...file.imports, ...file.styles);
  }
  return bytes;
}

const LANGUAGE = /\/i18n\/(en|zh)\.ts$/;
const WORDS = /\/words\/(en|zh)\.ts$/;
const PAGE = /Page\.tsx$/;

type Bundle = Record<string, Rolldown.OutputAsset | Rolldown.OutputChunk>;

/** The larger of the languages, of texts that lie in files of such a name, for each folder. */
function languages(bundle: Bundle, name: RegExp): Map<string, number> {
  const found = new Map<string, number>();
  for (const file of Object.values(bundle)) {
    const source = file.type === "chunk" ? (file.facadeModuleId ?? "") : "";
    const folder = source.replace(name, "");
    if (name.test(source)) found.set(folder, Math.max(found.get(folder) ?? 0, built(file).bytes));
  }
  return found;
}

function built(file: Rolldown.OutputAsset | Rolldown.OutputChunk): Built {
  if (file.type === "asset")
    return { bytes: gzipSync(file.source).length, isEntry: false, isPage: false, imports: [], styles: [] };
  return {
    bytes: gzipSync(file.code).length,
    isEntry: file.isEntry,
    isPage: PAGE.test(file.facadeModuleId ?? ""),
    imports: file.imports,
    styles: [...(file.viteMetadata?.importedCss ?? [])],
  };
}

function folderOf(file: Bundle[string] | undefined): string {
  const source = file?.type === "chunk" ? (file.facadeModuleId ?? "") : "";
  return source.slice(0, source.lastIndexOf("/"));
}

function told(loads: Load[]): string {
  return loads.map(({ page, bytes }) => `  ${(bytes / 1000).toFixed(0)} kB  ${page}`).join("\n");
}

/**
 * Fails a build whose first load is too large.
 *
 * Languages are loaded one at a time, so the larger of them is counted for every page: of what all pages say, and
 * of what the pages of its folder do.
 */
export function firstLoad({ largest }: { largest: number }): Plugin {
  return {
    name: "starwhale-first-load",
    apply: "build",
    generateBundle: {
      order: "post",
      handler(_, bundle) {
        const files = new Map(Object.entries(bundle).map(([name, file]) => [name, built(file)]));
        const common = [...languages(bundle, LANGUAGE).values()][0] ?? 0;
        const own = languages(bundle, WORDS);
        const loads = firstLoads(files)
          .map(({ page, bytes }) => ({
            page,
            bytes: bytes + common + (own.get(folderOf(bundle[page])) ?? 0),
          }))
          .sort((one, other) => other.bytes - one.bytes);
        const [worst] = loads;
        if (!worst) this.error("no page was found among the chunks, so the first load is not known");
        if (worst.bytes > largest)
          this.error(`the first load is larger than ${largest / 1000} kB (gzip):\n${told(loads)}`);
        this.info(`first load, gzip:\n${told(loads)}`);
      },
    },
  };
}
