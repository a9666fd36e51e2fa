import type { Packed } from "./tar";

/** Files that somebody chose, with the paths they have in the folder he chose. */
export function chosen(files: Iterable<File>): Packed[] {
  return [...files].map((file) => ({ path: file.webkitRelativePath || file.name, file }));
}

/** Files and folders that somebody dropped. */
export async function dropped(transfer: DataTransfer): Promise<Packed[]> {
  // Entries must be asked for before anything is awaited: the transfer is empty afterwards.
  const entries = [...transfer.items]
    .map((item) => item.webkitGetAsEntry())
    .filter((entry) => entry !== null);
  return (await Promise.all(entries.map((entry) => walk(entry)))).flat();
}

async function walk(entry: FileSystemEntry): Promise<Packed[]> {
  if (isFile(entry)) {
    const file = await new Promise<File>((resolve, reject) => entry.file(resolve, reject));
    return [{ path: entry.fullPath.replace(/^\//, ""), file }];
  }
  if (!isFolder(entry)) return [];
  const reader = entry.createReader();
  const found: Packed[] = [];
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (some.length === 0) return found;
    for (const each of some) found.push(...(await walk(each)));
  }
}

function isFile(entry: FileSystemEntry): entry is FileSystemFileEntry {
  return entry.isFile;
}

function isFolder(entry: FileSystemEntry): entry is FileSystemDirectoryEntry {
  return entry.isDirectory;
}

const ORDER = new Intl.Collator("en", { numeric: true });

/**
 * The same files in order, told apart by their paths and without what systems leave behind; where all lie in one folder,
 * from there on: its name is the dataset's, not a part of what each is called.
 */
export function tidy(files: readonly Packed[]): Packed[] {
  const wanted = files.filter(({ path }) => !/(^|\/)(\.[^/]*|Thumbs\.db|__MACOSX)(\/|$)/.test(path));
  const byPath = new Map(wanted.map((each) => [each.path, each]));
  const all = [...byPath.values()];
  const folder = commonFolder(all.map(({ path }) => path));
  return all
    .map(({ path, file }) => ({ path: path.slice(folder.length), file }))
    .sort((one, other) => ORDER.compare(one.path, other.path));
}

function commonFolder(paths: string[]): string {
  const [first] = paths;
  const folder = first?.slice(0, first.indexOf("/") + 1) ?? "";
  return folder && paths.every((path) => path.startsWith(folder)) ? folder : "";
}

/** A name for a dataset, made of the first of its files or of the folder that they came in. */
export function nameFor(files: readonly Packed[]): string {
  const [first] = files;
  if (!first) return "";
  const folder = commonFolder(files.map(({ path }) => path)).slice(0, -1);
  const word = folder || (first.path.split("/").pop() ?? "").replace(/\..*$/, "");
  return word
    .replace(/[^A-Za-z0-9_.-]+/g, "-")
    .replace(/^[.-]+/, "")
    .slice(0, 80);
}

export function sizeOf(files: readonly Packed[]): number {
  return files.reduce((size, { file }) => size + file.size, 0);
}
