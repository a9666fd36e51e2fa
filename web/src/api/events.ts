import { useEffect, useEffectEvent } from "react";

/** Something that has happened in a project, as its stream of events tells it. */
export interface Told {
  id: number;
  at: string;
  actor: string;
  name: string;
  payload: Record<string, unknown>;
}

/**
 * Listens to what happens in a project while the page is looked at.
 *
 * A browser opens few connections to one server, so a page that nobody sees lets go of its own; `missed` is called
 * when it comes back, since there may have been news meanwhile.
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
    const look = (): void => {
      if (document.hidden) {
        source?.close();
        source = undefined;
      } else if (!source) {
        source = new EventSource(`/api/v1/projects/${encodeURIComponent(project)}/events/stream`);
        for (const name of wanted.split(" ")) source.addEventListener(name, heard as EventListener);
      }
    };
    const turn = (): void => {
      look();
      if (!document.hidden) back();
    };
    look();
    document.addEventListener("visibilitychange", turn);
    return () => {
      document.removeEventListener("visibilitychange", turn);
      source?.close();
    };
  }, [project, wanted]);
}
