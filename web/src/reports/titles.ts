/** Characters that the title of a report has at most. */
const LONGEST = 200;
/** Copies of one report that are told apart by a number. */
const MOST = 50;

/** What a copy of a report may be called, the best first: a long title is cut for it. */
export function copyNames(copyOf: (name: string) => string, name: string): string[] {
  return Array.from({ length: MOST }, (_, place) => {
    const number = place > 0 ? ` (${place + 1})` : "";
    const letters = [...name];
    while (letters.length > 0 && (copyOf(letters.join("")) + number).length > LONGEST) letters.pop();
    return copyOf(letters.join("")) + number;
  });
}
