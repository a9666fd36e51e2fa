/** Errors of those who asked for a part of the console that could not be loaded. */
const lost = new WeakSet<object>();

/** Whether a part of the console is missing: what failed to load does not load until the page starts anew. */
export function isPartLost(error: unknown): boolean {
  return typeof error === "object" && error !== null && lost.has(error);
}

/** After an upgrade, parts that an open tab has not loaded yet are called otherwise: it starts anew, once. */
export function watchParts(): void {
  addEventListener("vite:preloadError", ({ payload }) => {
    lost.add(payload);
    // Whoever has only just come got the newest there is.
    if (performance.now() > 10_000) void beginAnew(true);
  });
}

/**
 * Load the page again, if the server answers; `other` only where it gives out another console than this one.
 *
 * @returns Whether it does: what is shown stays while the server is away.
 */
export async function beginAnew(other = false): Promise<boolean> {
  try {
    const answer = await fetch("/", { cache: "no-store" });
    if (!answer.ok || (other && (await answer.text()).includes(begunBy()))) return false;
  } catch {
    return false;
  }
  location.reload();
  return true;
}

/** The address of the script that this console begins with, which names what is in it. */
function begunBy(): string {
  const script = document.querySelector<HTMLScriptElement>('script[type="module"][src]');
  return script?.getAttribute("src") ?? "";
}
