import { useSyncExternalStore } from "react";
import { remembered } from "./memory";

export const APPEARANCES = ["system", "light", "dark"] as const;
export type Appearance = (typeof APPEARANCES)[number];

const memory = remembered<Appearance>("appearance", (text) => APPEARANCES.find((each) => each === text));
const system = matchMedia("(prefers-color-scheme: dark)");
const listeners = new Set<() => void>();
let wanted: Appearance = memory.read() ?? "system";

function listen(listener: () => void): () => void {
  listeners.add(listener);
  system.addEventListener("change", listener);
  return () => {
    listeners.delete(listener);
    system.removeEventListener("change", listener);
  };
}

export function appear(appearance: Appearance): void {
  wanted = appearance;
  memory.write(appearance);
  for (const each of listeners) each();
}

/** How the page is to look, and whether that means dark just now. */
export function useAppearance(): { appearance: Appearance; dark: boolean } {
  const appearance = useSyncExternalStore(listen, () => wanted);
  const dark = useSyncExternalStore(
    listen,
    () => wanted === "dark" || (wanted === "system" && system.matches),
  );
  return { appearance, dark };
}
