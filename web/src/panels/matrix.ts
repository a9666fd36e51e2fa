import type { Row } from "./asks";
import { numberOf } from "./values";

const CLOSE = 1e-6;

/** What was true against what was answered; shares where they cannot be told as counts. */
export interface Matrix {
  labels: string[];
  counts: number[][];
}

/**
 * The confusion matrix that metrics log. Its rows have no names, and the table of labels lies in the order of its
 * keys: names are given only in an order in which the figures of both agree, positions stand for them otherwise.
 */
export function readMatrix(rows: Row[], labels: Row[]): Matrix {
  const sorted = [...rows].sort((one, other) => numberOf(one.id) - numberOf(other.id));
  const matrix = sorted.map(({ values }) => sorted.map((_, place) => numberOf(values[place] ?? 0)));
  for (const order of orders(labels)) {
    const support = order.map(({ values }) => numberOf(values.support ?? 0));
    const hits = order.map(({ values }) => numberOf(values["TP-True Positive"] ?? 0));
    const counts = countsOf(matrix, support, hits);
    if (counts) return { labels: order.map(({ id }) => String(id)), counts };
  }
  return { labels: sorted.map((_, place) => String(place)), counts: matrix };
}

function orders(labels: Row[]): Row[][] {
  const numeric = labels.every(({ id }) => String(id).trim() !== "" && Number.isFinite(Number(id)));
  return numeric ? [[...labels].sort((one, other) => Number(one.id) - Number(other.id)), labels] : [labels];
}

/** Undo a normalisation over all entries or over the true labels; undefined where the figures disagree. */
function countsOf(matrix: number[][], support: number[], hits: number[]): number[][] | undefined {
  const total = sum(support);
  if (support.length !== matrix.length || total === 0) return undefined;
  for (const scales of [support.map(() => 1), support.map(() => total), support]) {
    const scaled = matrix.map((row, place) => row.map((share) => share * (scales[place] ?? 0)));
    const counts = scaled.map((row) => row.map(Math.round));
    const whole = scaled.every((row, y) =>
      row.every((value, x) => Math.abs(value - (counts[y]?.[x] ?? 0)) < CLOSE * total),
    );
    const fits = counts.every((row, place) => sum(row) === support[place] && row[place] === hits[place]);
    if (whole && fits) return counts;
  }
  return undefined;
}

const sum = (values: number[]): number => values.reduce((one, other) => one + other, 0);
