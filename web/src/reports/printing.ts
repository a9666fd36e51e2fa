import { useSyncExternalStore } from "react";
import { flushSync } from "react-dom";

const paper = matchMedia("print");
const listeners = new Set<() => void>();
let printing = paper.matches;

function turn(next: boolean): void {
  printing = next;
  // What is to be printed must stand there when this returns.
  flushSync(() => {
    for (const each of listeners) each();
  });
}

addEventListener("beforeprint", () => turn(true));
addEventListener("afterprint", () => turn(false));
paper.addEventListener("change", () => turn(paper.matches));

function listen(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Whether the page is on its way to paper. */
export function usePrinting(): boolean {
  return useSyncExternalStore(listen, () => printing);
}

/** Put down what is seen on paper alone, and wait until its pictures have come. */
export async function readyForPaper(): Promise<void> {
  turn(true);
  const pictures = document.querySelectorAll<HTMLImageElement>(".printed img");
  await Promise.allSettled([...pictures].map((picture) => picture.decode()));
}
