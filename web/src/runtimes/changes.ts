import { type Package, packageOf } from "./packages";

/** A package that two locks pin differently, the same on all platforms that are named. */
export interface Changed {
  name: string;
  change: "added" | "removed" | "changed";
  before: Package | undefined;
  after: Package | undefined;
  locks: string[];
}

interface Told {
  lock: string;
  package: string;
  before: string | null;
  after: string | null;
}

/** Changes by package: what is the same on several platforms is told once. */
export function changesOf(told: Told[]): Changed[] {
  const found = new Map<string, Changed>();
  for (const each of told) {
    const key = JSON.stringify([each.package, each.before, each.after]);
    const known = found.get(key) ?? changeOf(each);
    known.locks.push(each.lock.replace(/\.txt$/, ""));
    found.set(key, known);
  }
  return [...found.values()].sort((one, other) => one.name.localeCompare(other.name, "en"));
}

function changeOf({ package: name, before, after }: Told): Changed {
  const pinned = (line: string | null) => (line === null ? undefined : packageOf(name, line));
  const change = before === null ? "added" : after === null ? "removed" : "changed";
  return { name, change, before: pinned(before), after: pinned(after), locks: [] };
}
