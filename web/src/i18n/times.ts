const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["year", 31_557_600],
  ["month", 2_629_800],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];

/** What has only just happened, where the browser itself has no good words for it. */
const JUST: Record<string, string> = { zh: "刚刚" };
/** The clocks of browsers and servers differ by as many seconds. */
const SKEW = 5;

/** How long ago or from now, in the largest unit of which there is at least one. */
export function relative(time: string | Date, language: string, now: Date = new Date()): string {
  const seconds = (new Date(time).getTime() - now.getTime()) / 1000;
  for (const [unit, length] of STEPS) {
    // "Yesterday" would be a day of the calendar, and this is a length.
    if (Math.abs(seconds) >= length)
      return new Intl.RelativeTimeFormat(language).format(Math.trunc(seconds / length), unit);
  }
  const present = new Intl.RelativeTimeFormat(language, { numeric: "auto" }).format(0, "second");
  return (seconds < SKEW ? JUST[language.split("-")[0] ?? ""] : undefined) ?? present;
}

export function exact(time: string | Date, language: string): string {
  return new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" }).format(
    new Date(time),
  );
}

/**
 * A time of a row as people write it, which is of a type: "datetime" (of no zone), "instant", "date", or another. What
 * is none that people write, and a time or a span alone, stays as it is.
 */
export function moment(type: string, text: string, language: string): string {
  const at = new Date(text);
  if (!MOMENTS.has(type) || Number.isNaN(at.getTime())) return text;
  const form: Intl.DateTimeFormatOptions =
    // A day alone is read as one of UTC, and is the same day everywhere.
    type === "date" ? { dateStyle: "medium", timeZone: "UTC" } : { dateStyle: "medium", timeStyle: "medium" };
  return new Intl.DateTimeFormat(language, form).format(at);
}

/** Milliseconds since 1970 of a moment; what names no zone is of whoever looks, and so is a day. */
export function momentOf(text: string): number | undefined {
  const at = DAY.test(text) ? midnight(text) : Date.parse(text);
  return Number.isNaN(at) ? undefined : at;
}

/** When a day begins for whoever looks, or the one that comes so much later. */
export function midnight(day: string, later = 0): number {
  const at = new Date(`${day}T00:00`);
  // Days are not all of one length.
  at.setDate(at.getDate() + later);
  return at.getTime();
}

const DAY = /^\d{4}-\d\d-\d\d$/;
const MOMENTS = new Set(["datetime", "instant", "date"]);

export function day(time: string | Date, language: string): string {
  return new Intl.DateTimeFormat(language, { dateStyle: "medium" }).format(new Date(time));
}
