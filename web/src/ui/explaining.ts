import { type Problem, sentences } from "../api/fault";

/** What the server speaks. */
export const SPOKEN = "en";

/** What went wrong, as a page tells it. */
export interface Explained {
  title: string;
  /** What the server says of it, where that is not the title. */
  detail: string;
}

/** A problem in a language that has these words for codes of problems. */
export function explainedIn(
  language: string,
  problem: Problem,
  words: Readonly<Record<string, string>>,
): Explained {
  const told = sentences(problem);
  const known = words[problem.code];
  if (!known) return { title: told, detail: "" };
  // The server knows more of it than its code does.
  if (language === SPOKEN) return { title: told || known, detail: "" };
  return { title: known, detail: told };
}
