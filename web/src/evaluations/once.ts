const MOST = 5000;

/**
 * A function whose answers are kept, for so many milliseconds: words for numbers and times cost much where thousands
 * of them come by.
 */
export function once<Asked>(
  make: (asked: Asked, language: string) => string,
  lasts = Number.POSITIVE_INFINITY,
): typeof make {
  const known = new Map<string, string>();
  let begun = Date.now();
  return (asked, language) => {
    if (Date.now() - begun > lasts) {
      known.clear();
      begun = Date.now();
    }
    const key = `${language} ${asked}`;
    const found = known.get(key);
    if (found !== undefined) return found;
    if (known.size >= MOST) known.clear();
    const made = make(asked, language);
    known.set(key, made);
    return made;
  };
}
