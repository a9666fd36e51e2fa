import type { Packed } from "./tar";

/** After so many files of a folder whoever waits is told how far it is. */
const TOLD = 100;

/** Files that somebody chose, with the paths they have in the folder he chose. */
export function chosen(files: Iterable<File>): Packed[] {
  return [...files].map((file) => ({ path: file.webkitRelativePath || file.name, file }));
}

/** What somebody dropped, and the paths of what could not be read. */
export interface Dropped {
  files: Packed[];
  unread: string[];
}

/**
 * Files and folders that somebody dropped.
 *
 * Args: `found` is told how many files were found so far.
 */
export async function dropped(transfer: DataTransfer, found: (files: number) => void): Promise<Dropped> {
  // Entries must be asked for before anything is awaited: the transfer is empty afterwards.
  const entries = [...transfer.items]
    .map((item) => item.webkitGetAsEntry())
    .filter((entry) => entry !== null);
  const all: Dropped = { files: [], unread: [] };
  for (const entry of entries) await walk(entry, all, found);
  return all;
}

async function walk(entry: FileSystemEntry, all: Dropped, found: (files: number) => void): Promise<void> {
  const path = entry.fullPath.replace(/^\//, "");
  try {
    if (isFile(entry)) {
      all.files.push({ path, file: await new Promise((resolve, reject) => entry.file(resolve, reject)) });
      if (all.files.length % TOLD === 0) found(all.files.length);
    }
    if (!isFolder(entry)) return;
    const reader = entry.createReader();
    for (;;) {
      const some = await new Promise<FileSystemEntry[]>((resolve, reject) =>
        reader.readEntries(resolve, reject),
      );
      if (some.length === 0) return;
      for (const each of some) await walk(each, all, found);
    }
  } catch {
    // Browsers tell why in words of their own, if at all.
    all.unread.push(path);
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
