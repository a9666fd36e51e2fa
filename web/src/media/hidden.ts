import { useSyncExternalStore } from "react";

// Which layers are switched off holds for every picture at once, and from row to row.
let hidden: ReadonlySet<string> = new Set();
const listeners = new Set<() => void>();

function listen(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function toggleLayer(name: string): void {
  const next = new Set(hidden);
  if (!next.delete(name)) next.add(name);
  hidden = next;
  for (const each of listeners) each();
}

/** Names of the layers that are switched off. */
export function useHiddenLayers(): ReadonlySet<string> {
  return useSyncExternalStore(listen, () => hidden);
}
