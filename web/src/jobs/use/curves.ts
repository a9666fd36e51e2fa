import { unitOf } from "../../i18n/amounts";
import type { Drawn, Line } from "../../panels/drawn";
import type { UseOverTime } from "./queries";

type Point = UseOverTime["points"][number];

/** Units of a length of time, with the seconds in each. */
const SPANS = { seconds: 1, minutes: 60, hours: 3_600, days: 86_400 } as const;
type Span = keyof typeof SPANS;

/** The unit in which so many seconds are a handful. */
export function spanOf(seconds: number): Span {
  if (seconds < 180) return "seconds";
  if (seconds < 3 * 3_600) return "minutes";
  return seconds < 3 * 86_400 ? "hours" : "days";
}

export interface Words {
  since: Record<Span, string>;
  attempt: (number: number) => string;
  cores: string;
  /** With the unit. */
  memory: (unit: string) => string;
  rate: (unit: string) => string;
  read: string;
  written: string;
}

interface Curves {
  cores: Drawn;
  memory: Drawn;
  storage: Drawn;
}

/**
 * What was used, over the time since the beginning.
 *
 * @param apart Each attempt has a line of its own.
 */
export function curvesOf(points: Point[], words: Words, apart: boolean): Curves {
  const times = points.map(({ at }) => Date.parse(at) / 1000);
  const begin = (times[0] ?? 0) - (points[0]?.seconds ?? 0);
  const span = spanOf((times.at(-1) ?? 0) - begin);
  const x = words.since[span];
  const lines = (name: string, value: (point: Point) => number): Line[] =>
    attemptsOf(points, apart).map((attempt) => ({
      name: attempt === undefined ? name : [words.attempt(attempt), name].filter(Boolean).join(" · "),
      points: points.flatMap((point, place): [number, number][] =>
        attempt === undefined || point.attempt === attempt
          ? [[rounded(((times[place] ?? 0) - begin) / SPANS[span]), rounded(value(point))]]
          : [],
      ),
    }));
  const drawn = (y: string, series: Line[]): Drawn => ({
    kind: "lines",
    x,
    y,
    series,
    share: false,
    diagonal: false,
    zero: true,
  });
  const [memory, bytes] = unitOf(Math.max(0, ...points.map((each) => each.memory)));
  const [storage, moved] = unitOf(
    Math.max(0, ...points.flatMap((each) => [each.read_rate, each.write_rate])),
  );
  return {
    cores: drawn(
      words.cores,
      lines("", ({ cores }) => cores),
    ),
    memory: drawn(
      words.memory(memory),
      lines("", (each) => each.memory / bytes),
    ),
    storage: drawn(words.rate(storage), [
      ...lines(words.read, (each) => each.read_rate / moved),
      ...lines(words.written, (each) => each.write_rate / moved),
    ]),
  };
}

/** The attempts that have a line each; one that is undefined where all share one. */
function attemptsOf(points: Point[], apart: boolean): (number | undefined)[] {
  const found = [...new Set(points.map(({ attempt }) => attempt))];
  return apart && found.length > 1 ? found : [undefined];
}

const rounded = (value: number): number => Number(value.toPrecision(4));
