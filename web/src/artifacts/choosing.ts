const MOST = 2;

/** The versions that are chosen to be compared, as the address says. */
export function chosenOf(parameters: URLSearchParams): string[] {
  return parameters.getAll("chosen").slice(0, MOST);
}

/** The address after one more was chosen, or one less; of three the one that was chosen first goes. */
export function choose(parameters: URLSearchParams, version: string): URLSearchParams {
  const chosen = chosenOf(parameters);
  const left = chosen.filter((each) => each !== version);
  const next = left.length < chosen.length ? left : [...left, version].slice(-MOST);
  const changed = new URLSearchParams(parameters);
  changed.delete("chosen");
  for (const each of next) changed.append("chosen", each);
  return changed;
}
