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
const PAGE = /Page\.tsx$/;

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

function told(loads: Load[]): string {
  return loads.map(({ page, bytes }) => `  ${(bytes / 1000).toFixed(0)} kB  ${page}`).join("\n");
}

/**
 * Fails a build whose first load is too large.
 *
 * Languages are loaded one at a time, so the larger of them is counted for every page.
 */
export function firstLoad({ largest }: { largest: number }): Plugin {
  return {
    name: "starwhale-first-load",
    apply: "build",
    generateBundle: {
      order: "post",
      handler(_, bundle) {
        const files = new Map(Object.entries(bundle).map(([name, file]) => [name, built(file)]));
        const spoken = Object.values(bundle).filter(
          (file) => file.type === "chunk" && LANGUAGE.test(file.facadeModuleId ?? ""),
        );
        const language = Math.max(0, ...spoken.map((file) => built(file).bytes));
        const loads = firstLoads(files).map(({ page, bytes }) => ({ page, bytes: bytes + language }));
        const [worst] = loads;
        if (!worst) this.error("no page was found among the chunks, so the first load is not known");
        if (worst.bytes > largest)
          this.error(`the first load is larger than ${largest / 1000} kB (gzip):\n${told(loads)}`);
        this.info(`first load, gzip:\n${told(loads)}`);
      },
    },
  };
}
