const UNITS = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"] as const;

/** The largest unit of bytes of which there is at least one, and how many bytes it has. */
export function unitOf(amount: number): [string, number] {
  const power = Math.min(UNITS.length - 1, Math.max(0, Math.floor(Math.log2(Math.max(1, amount)) / 10)));
  return [UNITS[power] ?? "B", 1024 ** power];
}

/** Bytes in the largest unit of which there is at least one, as in “1.5 MiB”. */
export function bytes(amount: number, language: string): string {
  const [unit, size] = unitOf(amount);
  const words = new Intl.NumberFormat(language, { maximumFractionDigits: size > 1 ? 1 : 0 });
  return `${words.format(amount / size)} ${unit}`;
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
