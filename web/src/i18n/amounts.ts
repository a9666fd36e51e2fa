const UNITS = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"] as const;

/** Bytes in the largest unit of which there is at least one, as in “1.5 MiB”. */
export function bytes(amount: number, language: string): string {
  const power = Math.min(UNITS.length - 1, Math.max(0, Math.floor(Math.log2(Math.max(1, amount)) / 10)));
  const words = new Intl.NumberFormat(language, { maximumFractionDigits: power > 0 ? 1 : 0 });
  return `${words.format(amount / 1024 ** power)} ${UNITS[power]}`;
}

/** A number for people, as in “1,797”. */
export function count(amount: number, language: string, digits = 0): string {
  return new Intl.NumberFormat(language, { maximumFractionDigits: digits }).format(amount);
}

const SPANS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 1],
];

/** How long something takes or has lasted, in its two largest units, as in “2 hr 5 min”. */
export function span(seconds: number, language: string): string {
  let rest = Math.max(0, seconds);
  const parts: string[] = [];
  for (const [unit, length] of SPANS) {
    const amount = Math.floor(rest / length);
    rest -= amount * length;
    if (amount > 0 || (unit === "second" && parts.length === 0))
      parts.push(
        new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "short" }).format(amount),
      );
    if (parts.length === 2) break;
  }
  return parts.join(" ");
}
