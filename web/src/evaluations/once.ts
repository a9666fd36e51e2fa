const MOST = 5000;

/** A function whose answers are kept: words for numbers and times cost much where thousands come by. */
export function once<Asked>(make: (asked: Asked, language: string) => string): typeof make {
  const known = new Map<string, string>();
  return (asked, language) => {
    const key = `${language} ${asked}`;
    const found = known.get(key);
    if (found !== undefined) return found;
    if (known.size >= MOST) known.clear();
    const made = make(asked, language);
    known.set(key, made);
    return made;
  };
}
