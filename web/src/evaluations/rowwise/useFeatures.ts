import { useQueries } from "@tanstack/react-query";
import { summaryQuery } from "../../datasets/queries";
import { isVisual } from "../../datasets/rows/types";
import type { Row } from "../rows";
import { readByAll } from "./origins";

/** Versions whose columns are offered; evaluations that are compared have commonly read one. */
const MOST = 4;

export interface Feature {
  name: string;
  /** Looked at, or heard, rather than read. */
  media: boolean;
  /** Whether it says something in a cell. */
  plain: boolean;
}

/** The features of the datasets that evaluations have read, as far as one may see them. */
export function useFeatures(rows: readonly Row[], project: string, wanted: boolean): Feature[] {
  const versions = wanted ? readByAll(rows, project).slice(0, MOST) : [];
  const found = useQueries({ queries: versions.map((of) => ({ ...summaryQuery(of), retry: false })) });
  const types = new Map(found.flatMap(({ data }) => Object.entries(data?.columns ?? {})));
  const features = [...types].map(([name, type]) => ({
    name,
    media: isVisual(type) || /\baudio\b/.test(type),
    plain: /^(str|text|int|float|bool)$/.test(type),
  }));
  const rank = ({ media, plain }: Feature): number => (media ? 0 : plain ? 1 : 2);
  return features.sort((one, other) => rank(one) - rank(other));
}
