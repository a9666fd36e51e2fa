import { type SyntheticEvent, useEffect, useRef, useState } from "react";
import { meantBy, renewed } from "./renewal";

interface Address {
  url: string;
  /** What an element says that could not load it: the address is renewed once before that counts. */
  failed: () => void;
  came: () => void;
}

/** An address that is held as long as it is good, and renewed when it is not; `fail` when that does not help. */
export function useAddress(url: string, fail: () => void): Address {
  const means = meantBy(url);
  const [held, hold] = useState({ means, url });
  const tried = useRef(false);
  // A newer address of the same is let alone: what is loaded, or plays, need not begin anew.
  const now = held.means === means ? held.url : url;
  if (held.means !== means) hold({ means, url });
  const failed = (): void => {
    const again = tried.current ? Promise.resolve(undefined) : renewed(now);
    tried.current = true;
    void again.then((good) => {
      if (good && good !== now) hold({ means, url: good });
      else fail();
    });
  };
  return {
    url: now,
    failed,
    came: () => {
      tried.current = false;
    },
  };
}

type Played = SyntheticEvent<HTMLMediaElement>;

/** Attributes of a sound or a video that goes on where it was when its address has to be renewed. */
export function useLasting(url: string, fail: () => void) {
  const { url: src, failed, came } = useAddress(url, fail);
  const stopped = useRef<{ own: HTMLMediaElement; at: number; running: boolean } | null>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: whenever there is another address
  useEffect(() => {
    const { own, at, running } = stopped.current ?? {};
    stopped.current = null;
    if (!own) return;
    own.currentTime = at ?? 0;
    if (running) void own.play().catch(() => {});
  }, [src]);
  return {
    src,
    onLoadedMetadata: came,
    /** Says that one wants to go elsewhere, also while the address is renewed. */
    sought(at: number): void {
      if (stopped.current) stopped.current.at = at;
    },
    onError({ currentTarget: own }: Played): void {
      stopped.current = { own, at: own.currentTime, running: !own.paused };
      failed();
    },
  };
}
