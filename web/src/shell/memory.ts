/** What this browser remembers of how somebody likes the page; a browser may refuse to remember anything. */
export interface Memory<Value extends string> {
  read(): Value | undefined;
  write(value: Value): void;
}

/** Args: `of` says where it is kept; `() => sessionStorage` forgets when the tab is closed. */
export function remembered<Value extends string>(
  name: string,
  parse: (text: string) => Value | undefined,
  of = () => localStorage,
): Memory<Value> {
  const key = `starwhale.${name}`;
  return {
    read() {
      try {
        const text = of().getItem(key);
        return text === null ? undefined : parse(text);
      } catch {
        return undefined;
      }
    },
    write(value) {
      try {
        of().setItem(key, value);
      } catch {
        // It holds for as long as the page is open.
      }
    },
  };
}
