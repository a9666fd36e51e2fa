import { useEffect, useRef, useState } from "react";
import { next, previous } from "./book";
import type { Read } from "./reading";

export interface Search {
  text: string;
  /** Nothing was found in that direction. */
  none: boolean;
  /** Byte that was reached while it looks; null while it does not. */
  reached: number | null;
  error: unknown;
  /** Goes to the next finding; of another text, which the page is still to know, to its first. */
  forward: (text?: string) => void;
  backward: (text?: string) => void;
  stop: () => void;
}

const IDLE: Pick<Search, "none" | "reached" | "error"> = { none: false, reached: null, error: undefined };

interface Asked {
  read: Read;
  text: string;
  /** What was found last. */
  from: number | undefined;
  end: number;
  found: (at: number) => void;
}

/** Looks for a text through the whole log, one finding after the other. */
export function useSearch({ read, text, from, end, found }: Asked): Search {
  const [state, setState] = useState({ ...IDLE, of: text });
  const under = useRef<AbortController>(undefined);
  useEffect(() => () => under.current?.abort(), []);
  const look = async (way: typeof next, begin: number, of: string): Promise<void> => {
    under.current?.abort();
    const control = new AbortController();
    under.current = control;
    const { signal } = control;
    if (!of) return;
    setState({ ...IDLE, of, reached: begin });
    try {
      const hit = await way(read, of, begin, (reached) => setState((old) => ({ ...old, reached })), signal);
      if (signal.aborted) return;
      setState({ ...IDLE, of, none: hit === null });
      if (hit) found(hit.at);
    } catch (error) {
      if (!signal.aborted) setState({ ...IDLE, of, error });
    }
  };
  return {
    ...(state.of === text ? state : IDLE),
    text,
    forward: (wanted = text) => void look(next, (wanted === text ? from : undefined) ?? -1, wanted),
    backward: (wanted = text) => void look(previous, (wanted === text ? from : undefined) ?? end, wanted),
    stop: () => {
      under.current?.abort();
      setState({ ...IDLE, of: text });
    },
  };
}
