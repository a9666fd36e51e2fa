import { useSyncExternalStore } from "react";
import type { Sort } from "./outline";

/** What is switched off over pictures. */
export interface Hidden {
  layers: ReadonlySet<string>;
  sorts: ReadonlySet<Sort | "labels">;
}

// It holds for every picture at once, and from row to row.
let hidden: Hidden = { layers: new Set(), sorts: new Set() };
const listeners = new Set<() => void>();

function listen(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function change(next: Hidden): void {
  hidden = next;
  for (const each of listeners) each();
}

function toggled<Name>(names: ReadonlySet<Name>, name: Name): ReadonlySet<Name> {
  const next = new Set(names);
  if (!next.delete(name)) next.add(name);
  return next;
}

export function toggleLayer(name: string): void {
  change({ ...hidden, layers: toggled(hidden.layers, name) });
}

export function toggleSort(sort: Sort | "labels"): void {
  change({ ...hidden, sorts: toggled(hidden.sorts, sort) });
}

export function useHidden(): Hidden {
  return useSyncExternalStore(listen, () => hidden);
}
