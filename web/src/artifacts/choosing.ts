const MOST = 2;

/** The versions that are chosen to be compared, as the address says. */
export function chosenOf(parameters: URLSearchParams): string[] {
  return parameters.getAll("chosen").slice(0, MOST);
}

/** What is chosen after one more was, or one less; of three the one that was chosen first goes. */
export function choose(chosen: readonly string[], version: string): string[] {
  const left = chosen.filter((each) => each !== version);
  return left.length < chosen.length ? left : [...left, version].slice(-MOST);
}

/** The address that says what is chosen. */
export function withChosen(parameters: URLSearchParams, chosen: readonly string[]): URLSearchParams {
  const changed = new URLSearchParams(parameters);
  changed.delete("chosen");
  for (const each of chosen) changed.append("chosen", each);
  return changed;
}
