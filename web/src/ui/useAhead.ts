import { useReducer } from "react";
import { type Ahead, beginning, followed, isAhead, told, wrote } from "./ahead";

const changed = (now: Ahead, change: (now: Ahead) => Ahead): Ahead => change(now);

interface Shown {
  text: string;
  /** Shows another text, of which the address is still to be told. */
  write: (text: string) => void;
  /** Tells the address of a text, where it does not know it yet. */
  tell: (text: string) => void;
  untold: boolean;
}

/**
 * A part of the address that changes at once for whoever changes it, while the page is drawn anew at leisure; it
 * follows what changes otherwise, such as by going back, but not while it is `held`.
 */
export function useAhead(value: string, say: (text: string) => void, held = false): Shown {
  // No `useState`: that reckons what is typed next from a page that is still to be drawn, which is ahead of its props.
  const [ahead, set] = useReducer(changed, value, beginning);
  if (ahead.seen !== value && !held) set((now) => followed(now, value));
  return {
    text: ahead.shown,
    untold: isAhead(ahead),
    write: (text) => set((now) => wrote(now, text)),
    tell: (text) => {
      set((now) => {
        const next = wrote(now, text);
        return isAhead(next) ? told(next) : next;
      });
      if (isAhead(wrote(ahead, text))) say(text);
    },
  };
}
