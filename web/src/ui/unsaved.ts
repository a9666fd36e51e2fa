import { useEffect, useEffectEvent, useState } from "react";

type Asking = () => Promise<boolean>;

const held = new Set<object>();
const begun = new Map<object, () => Promise<void>>();
let ask: Asking = async () => true;

/** Whether something on the page is lost with it. */
export const isUnsaved = (): boolean => held.size > 0;

/** Whether something on the page is still to be saved, be it by itself as one goes. */
export const isBegun = (): boolean => begun.size > 0;

/** Save what saves itself as one goes, before whoever writes it may do so no more. */
export async function saveBegun(): Promise<void> {
  await Promise.all([...begun.values()].map((save) => save()));
}

/** Has questions about what is not saved asked like this. */
export function asksBy(asking: Asking): void {
  ask = asking;
}

/** Whether whoever closes a dialog may lose what was entered in it. */
export const mayLose = (): Promise<boolean> => ask();

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
 * Args: `lost` says whether another page of the console loses them as well, `save` saves what is not lost, and
 * `failed` why sending it off came to nothing, where it did: from then on there is something to lose again.
 *
 * Returns: what is called where a page leads on by itself, once all is saved or sent off.
 */
export function useUnsavedWarning(
  dirty: boolean,
  lost = dirty,
  save: () => Promise<void> = async () => {},
  failed: unknown = null,
): () => void {
  const [own] = useState(() => ({}));
  const begin = useEffectEvent(() => void begun.set(own, () => save()));
  useEffect(() => {
    if (!dirty) return;
    const warn = (event: BeforeUnloadEvent): void => event.preventDefault();
    window.addEventListener("beforeunload", warn);
    begin();
    return () => {
      window.removeEventListener("beforeunload", warn);
      begun.delete(own);
    };
  }, [dirty, own]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: what was let go of is held again for each failure.
  useEffect(() => {
    if (!lost) return;
    held.add(own);
    return () => void held.delete(own);
  }, [lost, own, failed]);
  return () => void held.delete(own);
}
