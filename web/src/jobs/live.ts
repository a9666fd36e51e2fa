import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { useEvents } from "../api/events";

const NAMES = [
  "job.created",
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
/** Milliseconds in which news of many jobs is one piece of news; all evaluations are many pages. */
const BREATHS = { jobs: 300, evaluations: 3000 };
/** What takes longer than a breath is loaded to its end, or it would begin anew with each piece of news. */
const LOADED = { jobs: {}, evaluations: { cancelRefetch: false } };

/**
 * Looks jobs up again when something happens to one of them; of one job, when it happens to that.
 *
 * Args: `room` the first word of what is looked up again.
 */
export function useLive(project: string, job = "", room: "jobs" | "evaluations" = "jobs"): void {
  const asking = useQueryClient();
  const waiting = useRef<ReturnType<typeof setTimeout>>(undefined);
  const look = (): void => {
    waiting.current ??= setTimeout(() => {
      waiting.current = undefined;
      void asking.invalidateQueries({ queryKey: [room, project] }, LOADED[room]);
    }, BREATHS[room]);
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
