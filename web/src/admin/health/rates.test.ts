import { expect, test } from "vitest";
import { appended, KEPT, quantile, type Rate, rateOf, type ServerFigures } from "./rates";

const BUCKETS = [
  { most: 0.01, count: 50 },
  { most: 0.1, count: 90 },
  { most: 1, count: 100 },
  { most: null, count: 100 },
];

function figures(at: number, answered: number, more: Partial<ServerFigures> = {}): ServerFigures {
  return {
    at: new Date(at * 1000).toISOString(),
    since: "2026-01-01T00:00:00Z",
    memory: 1,
    requests: {
      answered,
      refused: 0,
      failed: answered / 10,
      in_flight: 0,
      buckets: [
        { most: 0.1, count: answered },
        { most: null, count: answered },
      ],
    },
    ...more,
  } as ServerFigures;
}

test("shares of requests are read off between the bounds of a bucket", () => {
  expect(quantile(BUCKETS, 0.5)).toBeCloseTo(0.01);
  expect(quantile(BUCKETS, 0.7)).toBeCloseTo(0.055);
  expect(quantile(BUCKETS, 0.95)).toBeCloseTo(0.55);
});

test("what took longer than the last bound is told as that bound; of no requests nothing is told", () => {
  expect(quantile([...BUCKETS.slice(0, 3), { most: null, count: 1000 }], 0.95)).toBe(1);
  expect(quantile([{ most: 1, count: 0 }], 0.5)).toBeNull();
  expect(quantile([], 0.5)).toBeNull();
});

test("a rate is what happened between two looks", () => {
  const rate = rateOf(figures(10, 100), figures(15, 200));
  expect(rate).toMatchObject({ requests: 20, failed: 2, memory: 1 });
  expect(rate?.median).toBeCloseTo(0.05);
});

test("nothing is told of a server that was started anew, nor of no time", () => {
  expect(rateOf(figures(10, 100), figures(15, 5, { since: "2026-02-01T00:00:00Z" }))).toBeNull();
  expect(rateOf(figures(10, 100), figures(10, 100))).toBeNull();
});

test("only so many are kept", () => {
  const rate = { at: 0 } as Rate;
  const many = Array.from({ length: KEPT + 5 }).reduce<Rate[]>((kept) => appended(kept, rate), []);
  expect(many).toHaveLength(KEPT);
  expect(appended(many, null)).toHaveLength(KEPT);
});
