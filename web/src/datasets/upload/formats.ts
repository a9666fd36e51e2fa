import type { components } from "../../api/schema";

export type Format = components["schemas"]["Format"];

/** What files can be, in the order in which they are offered. */
export const FORMATS = [
  "csv",
  "json",
  "parquet",
  "image",
  "audio",
  "video",
  "coco",
  "voc",
  "webdataset",
  "llm",
  "export",
] as const satisfies readonly Format[];

const ENDINGS = {
  csv: [".csv", ".tsv"],
  json: [".json", ".jsonl", ".ndjson"],
  parquet: [".parquet", ".arrow", ".feather"],
  image: [
    ...[".png", ".jpg", ".jpeg", ".jfif", ".webp", ".svg", ".gif", ".apng", ".avif", ".ppm", ".pgm", ".pbm"],
    ...[".bmp", ".tif", ".tiff", ".ico"],
  ],
  audio: [".wav", ".mp3", ".flac", ".ogg", ".opus", ".m4a", ".aac", ".wma", ".aiff", ".aif"],
  video: [".mp4", ".avi", ".webm", ".mov", ".mkv", ".m4v", ".mpeg", ".mpg", ".wmv"],
  webdataset: [".tar"],
} as const satisfies Partial<Record<Format, readonly string[]>>;
const MEDIA = ["image", "audio", "video"] as const;
/** What may lie beside media: their captions, and what is known of each. */
const BESIDE = [".txt", "metadata.csv", "metadata.jsonl"];
const NOTES = [".txt", ".md", ".html"];

/** What files are, by their paths, as the server guesses too; nothing where they are of several kinds or of none. */
export function guess(paths: readonly string[]): Format | undefined {
  // The server unpacks these before it looks.
  const names = paths.map((path) =>
    path
      .toLowerCase()
      .replace(/\.tgz$/, ".tar")
      .replace(/\.(csv|tsv|json|jsonl|ndjson|tar)\.gz$/, ".$1"),
  );
  if (names.some((name) => name.endsWith(".zip"))) return "auto";
  if (paths.some((path) => /(^|[./])starwhale\.json$/.test(path))) return "export";
  if (paths.some((path) => /(^|\/)Annotations\/[^/]+\.(xml|XML)$/.test(path))) return "voc";
  const kinds = Object.keys(ENDINGS) as (keyof typeof ENDINGS)[];
  const found = kinds.filter((kind) => names.some(endsIn(ENDINGS[kind])));
  const annotated = found.length === 2 && found.includes("image") && found.includes("json");
  if (annotated && names.every(endsIn([...ENDINGS.image, ".json", ...NOTES]))) return "coco";
  const media = MEDIA.find(
    (kind) => found.includes(kind) && names.every(endsIn([...ENDINGS[kind], ...BESIDE])),
  );
  return media ?? (found.length === 1 ? found[0] : undefined);
}

function endsIn(endings: readonly string[]): (name: string) => boolean {
  return (name) => endings.some((ending) => name.endsWith(ending));
}

/** Files that may hold annotations of COCO. */
export function annotationsIn(paths: readonly string[]): string[] {
  return paths.filter(endsIn([".json"])).sort();
}

/** Folders with images in them. */
export function imageFoldersIn(paths: readonly string[]): string[] {
  const images = paths.filter((path) => endsIn(ENDINGS.image)(path.toLowerCase()));
  return [...new Set(images.map((path) => path.slice(0, Math.max(0, path.lastIndexOf("/")))))]
    .filter(Boolean)
    .sort();
}
