import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { ask, type Compared, keyOfQuestion, placeQuery, type Question } from "./asking";
import type { Rows } from "./useCompared";

/** So many rows are gone through for the one that an address names, where rows have no numbers. */
const FARTHEST = 5000;

interface Opened {
  row: Compared;
  /** Its number among the rows that are shown; -1 where it is none of them. */
  at: number;
  back: (() => void) | undefined;
  next: (() => void) | undefined;
}

/** The row that an address names, and the way to those before and behind it; or that it is none of those shown. */
export function useOpened(
  question: Question,
  rows: Rows,
  named: string | null,
  show: (id: string) => void,
): { opened?: Opened; missing?: true } {
  const { source, loaded, complete, numbered } = rows;
  const asking = useQueryClient();
  const known = indexOf(source, numbered ? 0 : loaded, named);
  const id = typeof source.at(0)?.id === "number" ? Number(named) : (named ?? "");
  const place = useQuery({ ...placeQuery(question, id), enabled: numbered && named !== null });
  const at = numbered ? (place.data ?? -1) : known;
  const around = useQuery({
    queryKey: [...keyOfQuestion(question), "around", at],
    queryFn: ({ signal }) => {
      const first = Math.max(0, at - 1);
      return ask(question, { offset: first, size: at - first + 2 }, signal);
    },
    enabled: numbered && at >= 0,
    staleTime: 60_000,
  });
  const looking = !numbered && named !== null && known < 0 && !complete && loaded < FARTHEST;
  useEffect(() => {
    if (looking) source.want(loaded, loaded);
  }, [looking, source, loaded]);
  const still = named === null || Boolean(source.error) || (numbered ? place.data === undefined : looking);
  if (at < 0) return still ? {} : { missing: true };
  const shift = Math.max(0, at - 1);
  const rowAt = (index: number): Compared | undefined => source.at(index) ?? around.data?.rows[index - shift];
  const way = (index: number): (() => void) | undefined => {
    const row = index >= 0 && index < loaded ? rowAt(index) : undefined;
    if (!row) return undefined;
    return () => {
      if (numbered) asking.setQueryData(placeQuery(question, row.id).queryKey, index);
      else source.want(index, index);
      show(String(row.id));
    };
  };
  const row = rowAt(at);
  return row ? { opened: { row, at, back: way(at - 1), next: way(at + 1) } } : {};
}

function indexOf(source: Rows["source"], loaded: number, key: string | null): number {
  for (let index = 0; index < loaded; index++) {
    const row = source.at(index);
    if (row && String(row.id) === key) return index;
  }
  return -1;
}
