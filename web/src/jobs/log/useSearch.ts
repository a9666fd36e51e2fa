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
  forward: () => void;
  backward: () => void;
  stop: () => void;
}

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
  const [state, setState] = useState<Pick<Search, "none" | "reached" | "error">>({
    none: false,
    reached: null,
    error: undefined,
  });
  const under = useRef<AbortController>(undefined);
  const [asked, setAsked] = useState(text);
  if (asked !== text) {
    setAsked(text);
    setState({ none: false, reached: null, error: undefined });
  }
  useEffect(() => () => under.current?.abort(), []);
  const look = async (way: typeof next, begin: number): Promise<void> => {
    under.current?.abort();
    const control = new AbortController();
    under.current = control;
    const { signal } = control;
    if (!text) return;
    setState({ none: false, reached: begin, error: undefined });
    try {
      const hit = await way(read, text, begin, (reached) => setState((old) => ({ ...old, reached })), signal);
      if (signal.aborted) return;
      setState({ none: hit === null, reached: null, error: undefined });
      if (hit) found(hit.at);
    } catch (error) {
      if (!signal.aborted) setState({ none: false, reached: null, error });
    }
  };
  return {
    ...state,
    text,
    forward: () => void look(next, from ?? -1),
    backward: () => void look(previous, from ?? end),
    stop: () => {
      under.current?.abort();
      setState({ none: false, reached: null, error: undefined });
    },
  };
}
