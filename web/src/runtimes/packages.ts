/** A package as a lock pins it. */
export interface Package {
  name: string;
  /** Empty where an address or a commit says it. */
  version: string;
  from: "index" | "git" | "address" | "conda";
  /** Where it comes from, for what comes from no index. */
  place: string;
  /** On which machines it is wanted; empty for all. */
  marker: string;
}

/** A package out of the line that pins it. */
export function packageOf(name: string, line: string): Package {
  const [words = "", ...markers] = line.split(/\s;\s*|;\s/);
  const marker = markers.join("; ").trim();
  const pinned = /^[^\s=@]+(?:\[[^\]]*\])?\s*={2,3}\s*(\S+)/.exec(words);
  if (pinned) return { name, version: pinned[1] ?? "", from: "index", place: "", marker };
  const elsewhere = /^\S+\s*@\s*(\S+)/.exec(words);
  if (elsewhere) {
    const place = elsewhere[1] ?? "";
    return { name, version: "", from: place.startsWith("git+") ? "git" : "address", place, marker };
  }
  const [, version = ""] = /\/[^/]+-([^-/]+)-[^-/]+$/.exec(line) ?? [];
  return { name, version, from: "conda", place: line, marker: "" };
}

/** The hashes of each package, by its normal name, out of the text of a lock. */
export function hashesOf(text: string): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const line of text.replaceAll(/\\[ \t]*\r?\n/g, " ").split("\n")) {
    const [words = "", ...hashes] = line.trim().split(/\s+--hash=/);
    const [name] = /^[A-Za-z0-9][A-Za-z0-9._-]*/.exec(words) ?? [];
    if (name && hashes.length > 0) found.set(normal(name), hashes);
  }
  return found;
}

/** A name as indexes compare it. */
export function normal(name: string): string {
  return name.toLowerCase().replaceAll(/[-_.]+/g, "-");
}

/** Those that hold a word in their name, version or origin. */
export function found(packages: Package[], search: string): Package[] {
  const wanted = search.trim().toLowerCase();
  if (!wanted) return packages;
  return packages.filter(({ name, version, place }) =>
    `${name} ${version} ${place}`.toLowerCase().includes(wanted),
  );
}
