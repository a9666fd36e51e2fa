import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { useEvents } from "../api/events";

const NAMES = [
  "job.created",
  "job.queued",
  "job.rested",
  "job.resumed",
  "job.cancel_requested",
  "job.pause_requested",
  "job.commented",
  "job.pinned",
  "job.unpinned",
  "job.removed",
  "job.recovered",
] as const;
/** Milliseconds in which news of many jobs is one piece of news. */
const BREATH = 300;

/** Looks jobs up again when something happens to one of them; of one job, when it happens to that. */
export function useLive(project: string, job = ""): void {
  const asking = useQueryClient();
  const waiting = useRef<ReturnType<typeof setTimeout>>(undefined);
  const look = (): void => {
    waiting.current ??= setTimeout(() => {
      waiting.current = undefined;
      void asking.invalidateQueries({ queryKey: ["jobs", project] });
    }, BREATH);
  };
  useEvents(
    project,
    NAMES,
    ({ payload }) => {
      if (!job || payload.job === job) look();
    },
    look,
  );
  useEffect(() => () => clearTimeout(waiting.current), []);
}
