import type { Job } from "./queries";

/** A length of time in its two largest units, such as `2 min 5 s`. */
export function lengthOf(milliseconds: number, language: string): string {
  const seconds = Math.max(0, milliseconds) / 1000;
  if (seconds < 60)
    return unit(seconds < 10 ? Math.round(seconds * 10) / 10 : Math.round(seconds), "second", language);
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return two(minutes, "minute", Math.floor(seconds % 60), "second", language);
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return two(hours, "hour", minutes % 60, "minute", language);
  return two(Math.floor(hours / 24), "day", hours % 24, "hour", language);
}

/** The same, in milliseconds where it is less than a second. */
export function shortLengthOf(milliseconds: number, language: string): string {
  return milliseconds < 1000
    ? unit(Math.round(milliseconds), "millisecond", language)
    : lengthOf(milliseconds, language);
}

function two(large: number, larger: string, small: number, smaller: string, language: string): string {
  const first = unit(large, larger, language);
  return small > 0 ? `${first} ${unit(small, smaller, language)}` : first;
}

function unit(value: number, name: string, language: string): string {
  return new Intl.NumberFormat(language, { style: "unit", unit: name, unitDisplay: "short" }).format(value);
}

type Timed = Pick<Job, "started_at" | "finished_at">;

/** How long something has run so far; undefined where it has not begun. */
export function lasted({ started_at, finished_at }: Timed, now: number): number | undefined {
  if (!started_at) return undefined;
  return (finished_at ? Date.parse(finished_at) : now) - Date.parse(started_at);
}
