import { type Directions, directionOf, shareOf, type Verdict, verdictOf } from "../better";
import { FIXED, type Fixed, metricsOf, type Row, read } from "../rows";
import { numberOf, textOf } from "../values";

/** One line of the comparison: a metric, or a fact, of all evaluations. */
export interface Line {
  key: string;
  /** What is known of the jobs, as opposed to what they have found out. */
  fact: boolean;
  values: readonly unknown[];
  numbers: readonly (number | undefined)[];
  higher: boolean | undefined;
  /** Some evaluation has another value than the base. */
  differs: boolean;
  /** Some value is a number. */
  numeric: boolean;
  /** The best number; undefined where nobody knows which way is better, or all are the same. */
  best: number | undefined;
}

const FACTS: readonly Fixed[] = FIXED.filter((key) => key !== "job:id" && key !== "job:comment");

/** All lines: facts that say something, then metrics. */
export function linesOf(rows: readonly Row[], base: number, directions: Directions): Line[] {
  const facts = FACTS.filter((key) => rows.some((row) => textOf(read(row, key))));
  return [...facts, ...metricsOf(rows)].map((key) => lineOf(rows, key, base, directions));
}

function lineOf(rows: readonly Row[], key: string, base: number, directions: Directions): Line {
  const values = rows.map((row) => read(row, key));
  const numbers = values.map(numberOf);
  const fact = key.startsWith("job:");
  const higher = fact ? undefined : directionOf(key, directions);
  const first = textOf(values[base]);
  return {
    key,
    fact,
    values,
    numbers,
    higher,
    differs: values.some((value) => textOf(value) !== first),
    numeric: numbers.some((each) => each !== undefined),
    best: higher === undefined ? undefined : bestOf(numbers, higher),
  };
}

function bestOf(numbers: readonly (number | undefined)[], higher: boolean): number | undefined {
  const known = numbers.filter((each): each is number => each !== undefined && !Number.isNaN(each));
  const [most, least] = [Math.max(...known), Math.min(...known)];
  return known.length < 2 || most === least ? undefined : higher ? most : least;
}

/** How a value stands to that of the base. */
export interface Standing {
  by: number | undefined;
  share: number | undefined;
  verdict: Verdict;
  best: boolean;
}

export function standingOf({ numbers, higher, best }: Line, place: number, base: number): Standing {
  const [first, value] = [numbers[base], numbers[place]];
  return {
    by: first === undefined || value === undefined ? undefined : value - first,
    share: shareOf(first, value),
    verdict: verdictOf(first, value, higher),
    best: best !== undefined && value === best,
  };
}
