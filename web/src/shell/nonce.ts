/**
 * Lets the styles apply that libraries make while the page runs: the page takes only those that carry the number
 * which the server gave it, and not every library that makes one can be told of it.
 */
export function signStyles(number: string): void {
  const make = document.createElement;
  const sign = function (this: Document, ...words: Parameters<typeof make>): HTMLElement {
    const made = make.apply(this, words);
    if (made instanceof HTMLStyleElement) made.nonce = number;
    return made;
  };
  document.createElement = sign as typeof make;
}

export const nonce = document.querySelector<HTMLMetaElement>("meta[property=csp-nonce]")?.nonce ?? "";
