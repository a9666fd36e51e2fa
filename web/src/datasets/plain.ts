/** A value of a column in a few words. */
export function plain(value: unknown, language: string): string {
  if (typeof value === "number")
    return new Intl.NumberFormat(language, { maximumSignificantDigits: 6 }).format(value);
  if (typeof value === "string") return value;
  return JSON.stringify(value);
}
