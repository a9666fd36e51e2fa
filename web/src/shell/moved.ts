/** Where a key leads to in a list of so many; null where it leads nowhere. */
export function moved(key: string, at: number, length: number): number | null {
  if (length === 0) return null;
  switch (key) {
    case "ArrowDown":
      return (at + 1) % length;
    case "ArrowUp":
      return (at - 1 + length) % length;
    case "PageDown":
      return length - 1;
    case "PageUp":
      return 0;
    default:
      return null;
  }
}

/** Whether keys mean that somebody wants to go elsewhere: Ctrl or ⌘ with K. */
export function isSwitch(event: Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "altKey" | "shiftKey">) {
  return (
    event.key.toLowerCase() === "k" && event.ctrlKey !== event.metaKey && !event.altKey && !event.shiftKey
  );
}
