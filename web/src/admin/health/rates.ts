import type { components } from "../../api/schema";

export type ServerFigures = components["schemas"]["ServerFigures"];
type Bucket = components["schemas"]["SpeedBucket"];

/** What was going on between two looks at a server. */
export interface Rate {
  at: number;
  /** Requests a second. */
  requests: number;
  /** Of them, answered with 5xx. */
  failed: number;
  /** Seconds within which half of the requests were answered, and 95 of 100; null where there were none. */
  median: number | null;
  slow: number | null;
  memory: number | null;
}

export const KEPT = 60;

/** What happened between two looks; null where the server was started anew, or nothing of time has passed. */
export function rateOf(before: ServerFigures, after: ServerFigures): Rate | null {
  const seconds = (Date.parse(after.at) - Date.parse(before.at)) / 1000;
  const answered = after.requests.answered - before.requests.answered;
  if (seconds <= 0 || answered < 0 || before.since !== after.since) return null;
  const buckets = difference(before.requests.buckets, after.requests.buckets);
  return {
    at: Date.parse(after.at),
    requests: answered / seconds,
    failed: (after.requests.failed - before.requests.failed) / seconds,
    median: quantile(buckets, 0.5),
    slow: quantile(buckets, 0.95),
    memory: after.memory,
  };
}

function difference(before: readonly Bucket[], after: readonly Bucket[]): Bucket[] {
  const earlier = new Map(before.map(({ most, count }) => [most, count]));
  return after.map(({ most, count }) => ({ most, count: count - (earlier.get(most) ?? 0) }));
}

/**
 * The time within which a share of requests was answered, as Prometheus reckons it: evenly spread within each
 * bucket, the last one ending where it begins.
 */
export function quantile(buckets: readonly Bucket[], share: number): number | null {
  const all = buckets.at(-1)?.count ?? 0;
  if (all <= 0) return null;
  const wanted = share * all;
  let from = 0;
  let below = 0;
  for (const { most, count } of buckets) {
    if (count >= wanted) {
      if (most === null) return from;
      return count === below ? most : from + ((most - from) * (wanted - below)) / (count - below);
    }
    from = most ?? from;
    below = count;
  }
  return from;
}

/** The newest last, and no more than are kept. */
export function appended(rates: readonly Rate[], rate: Rate | null): Rate[] {
  return rate === null ? [...rates] : [...rates, rate].slice(-KEPT);
}
