import { useCallback, useSyncExternalStore } from "react";

/** Whether the window is as a media query wants it; draws anew when that changes. */
export function useMedia(query: string): boolean {
  const listen = useCallback(
    (changed: () => void): (() => void) => {
      const media = matchMedia(query);
      media.addEventListener("change", changed);
      return () => media.removeEventListener("change", changed);
    },
    [query],
  );
  return useSyncExternalStore(listen, () => matchMedia(query).matches);
}
