import { useEffect, useState } from "react";

type Asking = () => Promise<boolean>;

const held = new Set<object>();
const begun = new Set<object>();
let ask: Asking = async () => true;

/** Whether something on the page is lost with it. */
export const isUnsaved = (): boolean => held.size > 0;

/** Whether something on the page is still to be saved, be it by itself as one goes. */
export const isBegun = (): boolean => begun.size > 0;

/** Has questions about what is not saved asked like this. */
export function asksBy(asking: Asking): void {
  ask = asking;
}

/** Whether whoever sits here minds to leave what is not saved; it is asked once. */
export async function mayLeave(): Promise<boolean> {
  if (!isUnsaved()) return true;
  const may = await ask();
  if (may) held.clear();
  return may;
}

/**
 * Has whoever leaves a page with changes that are not saved asked before: by the browser where he leaves the console,
 * and by the console where he goes to another page of it.
 *
 * Args: `lost` says whether another page of the console loses them as well.
 *
 * Returns: what is called where a page leads on by itself, once all is saved.
 */
export function useUnsavedWarning(dirty: boolean, lost = dirty): () => void {
  const [own] = useState(() => ({}));
  useEffect(() => {
    if (!dirty) return;
    const warn = (event: BeforeUnloadEvent): void => event.preventDefault();
    window.addEventListener("beforeunload", warn);
    begun.add(own);
    return () => {
      window.removeEventListener("beforeunload", warn);
      begun.delete(own);
    };
  }, [dirty, own]);
  useEffect(() => {
    if (!lost) return;
    held.add(own);
    return () => void held.delete(own);
  }, [lost, own]);
  return () => void held.delete(own);
}
