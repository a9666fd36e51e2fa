import { useSyncExternalStore } from "react";

const QUERY = "(min-width: 800px)";

function listen(changed: () => void): () => void {
  const media = matchMedia(QUERY);
  media.addEventListener("change", changed);
  return () => media.removeEventListener("change", changed);
}

/** Whether there is room for a drawing. */
export function useWide(): boolean {
  return useSyncExternalStore(listen, () => matchMedia(QUERY).matches);
}
