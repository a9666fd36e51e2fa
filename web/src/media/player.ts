import { useQuery } from "@tanstack/react-query";
import { type RefObject, useEffect, useRef, useState } from "react";
import { bytesQuery } from "./bytes";
import { peaksOf } from "./measures";
import { meantBy } from "./renewal";

const PLACES = 600;
// One sound at a time.
let playing: HTMLAudioElement | null = null;

export interface Player {
  audio: RefObject<HTMLAudioElement | null>;
  running: boolean;
  now: number;
  end: number;
  /** Take over what the element says of itself. */
  learn: (own: HTMLAudioElement) => void;
  seek: (to: number) => void;
  toggle: () => void;
}

/** Plays a sound that lasts so many seconds, as far as is known. */
export function usePlayer(seconds: number): Player {
  const audio = useRef<HTMLAudioElement>(null);
  const [state, setState] = useState({ running: false, now: 0, end: Number.NaN });
  useEffect(() => {
    const own = audio.current;
    return () => own?.pause();
  }, []);
  const end = Number.isFinite(state.end) ? state.end : seconds;
  const learn = (own: HTMLAudioElement): void =>
    setState((old) => ({
      running: !own.paused,
      now: own.currentTime,
      // Of an address that is being loaded anew nothing is known for a moment.
      end: Number.isFinite(own.duration) ? own.duration : old.end,
    }));
  const seek = (to: number): void => {
    if (!audio.current || !Number.isFinite(end)) return;
    const now = Math.min(end, Math.max(0, to));
    audio.current.currentTime = now;
    setState((old) => ({ ...old, now }));
  };
  const toggle = (): void => {
    const own = audio.current;
    if (!own) return;
    if (!own.paused) {
      own.pause();
      return;
    }
    if (playing !== own) playing?.pause();
    playing = own;
    void own.play().catch(() => setState((old) => ({ ...old, running: false })));
  };
  return { audio, running: state.running, now: state.now, end, learn, seek, toggle };
}

/** Waveform and length of a sound, decoded once. */
export function useSound(url: string, most: number, wanted: boolean) {
  const bytes = useQuery({ ...bytesQuery(url, most), enabled: wanted && url !== "" });
  return useQuery({
    queryKey: ["media", meantBy(url), "wave"],
    queryFn: async () => {
      const context = new OfflineAudioContext(1, 1, 44_100);
      // Decoding takes the bytes away, so it is given a copy.
      const sound = await context.decodeAudioData((bytes.data ?? new ArrayBuffer(0)).slice(0));
      const channels = Array.from({ length: sound.numberOfChannels }, (_, each) =>
        sound.getChannelData(each),
      );
      return { peaks: peaksOf(channels, PLACES), seconds: sound.duration };
    },
    enabled: bytes.data !== undefined,
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });
}
