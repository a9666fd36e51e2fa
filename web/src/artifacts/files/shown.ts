/** Most bytes of a picture that is shown within the page. */
export const LARGEST_PICTURE = 20 << 20;

const PICTURES: Record<string, string> = {
  png: "image/png",
  jpg: "image/jpeg",
  jpeg: "image/jpeg",
  gif: "image/gif",
  webp: "image/webp",
  avif: "image/avif",
  bmp: "image/bmp",
  ico: "image/x-icon",
};

function endingOf(path: string): string {
  const name = path.slice(path.lastIndexOf("/") + 1);
  const dot = name.lastIndexOf(".");
  return dot < 1 ? "" : name.slice(dot + 1).toLowerCase();
}

/** The type of a picture that browsers show and that cannot hold a script; undefined for all else. */
export function pictureType(path: string): string | undefined {
  const ending = endingOf(path);
  return Object.hasOwn(PICTURES, ending) ? PICTURES[ending] : undefined;
}

export type Language = "json" | "markdown" | "python" | "yaml";

const LANGUAGES: Record<string, Language> = {
  json: "json",
  ipynb: "json",
  md: "markdown",
  markdown: "markdown",
  py: "python",
  pyi: "python",
  yaml: "yaml",
  yml: "yaml",
};

/** The language that a text of this name is written in, as far as we colour it. */
export function languageOf(path: string): Language | undefined {
  const ending = endingOf(path);
  return Object.hasOwn(LANGUAGES, ending) ? LANGUAGES[ending] : undefined;
}

/** The folders that a path lies in, the outermost first. */
export function foldersOf(path: string): string[] {
  const parts = path.split("/").slice(0, -1);
  return parts.map((_, index) => parts.slice(0, index + 1).join("/"));
}
