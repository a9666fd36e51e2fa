/** An address that a text of somebody's may lead to; empty for any other. */
export function safeAddress(address: string): string {
  // Browsers ignore control characters and blanks within the name of a scheme.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  const bare = address.replace(/[\u0000-\u0020\u007f-\u009f]/g, "");
  const scheme = /^([^/?#:]*):/.exec(bare)?.[1];
  if (scheme === undefined) return /^[/\\]{2}/.test(bare) ? "" : address.trim();
  return /^(https?|mailto)$/i.test(scheme) ? address.trim() : "";
}

/** The address of another tab of the same page: what was said of each tab is there again when one comes back. */
export function tabAddress(parameters: URLSearchParams, tab: string, usual: string | undefined): string {
  const next = new URLSearchParams(parameters);
  if (tab === usual) next.delete("tab");
  else next.set("tab", tab);
  return `?${next}`;
}
