import { useEffect, useEffectEvent } from "react";

/** Something that has happened in a project, as its stream of events tells it. */
export interface Told {
  id: number;
  at: string;
  actor: string;
  name: string;
  payload: Record<string, unknown>;
}

/** Milliseconds until a line that was refused is tried again; each time twice as long. */
const SHORTEST = 2_000;
const LONGEST = 60_000;

/**
 * Listens to what happens in a project while the page is looked at.
 *
 * A browser opens few connections to one server, so a page that nobody sees lets go of its own; `missed` is called
 * once there is a line again, since there may have been news meanwhile.
 */
export function useEvents(
  project: string,
  names: readonly string[],
  hear: (told: Told) => void,
  missed: () => void,
): void {
  const heard = useEffectEvent((event: MessageEvent<string>) => {
    const told = JSON.parse(event.data) as Told;
    hear(told);
  });
  const back = useEffectEvent(missed);
  const wanted = names.join(" ");
  useEffect(() => {
    let source: EventSource | undefined;
    let waiting: ReturnType<typeof setTimeout> | undefined;
    let pause = SHORTEST;
    let late = false;
    const close = (): void => {
      clearTimeout(waiting);
      late ||= source !== undefined;
      source?.close();
      source = undefined;
    };
    const look = (): void => {
      if (document.hidden) {
        close();
      } else if (!source) {
        source = new EventSource(`/api/v1/projects/${encodeURIComponent(project)}/events/stream`);
        source.onopen = () => {
          pause = SHORTEST;
          if (late) back();
          late = false;
        };
        source.onerror = refused;
        for (const name of wanted.split(" ")) source.addEventListener(name, heard as EventListener);
      }
    };
    const refused = (): void => {
      // A line that breaks is mended by the browser; one that was refused, as while a proxy has no server, is not.
      if (source?.readyState !== EventSource.CLOSED) return;
      close();
      waiting = setTimeout(look, pause);
      pause = Math.min(2 * pause, LONGEST);
    };
    look();
    document.addEventListener("visibilitychange", look);
    return () => {
      document.removeEventListener("visibilitychange", look);
      close();
    };
  }, [project, wanted]);
}
