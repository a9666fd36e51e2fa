import { queryOptions, useSuspenseQuery } from "@tanstack/react-query";
import { useMe } from "../account/me";
import { api, ok } from "../api/client";
import type { components } from "../api/schema";
import { projectQuery } from "../projects/queries";
import { isUnderWay } from "./states";
import { asked, type View } from "./view";

export type Job = components["schemas"]["Job"];
export type Step = components["schemas"]["Step"];
export type Task = components["schemas"]["Task"];
export type JobEvent = components["schemas"]["JobEvent"];

/** Milliseconds between two looks at what moves without telling: rows that are done, states of tasks. */
const PACE = 2_000;

export const jobsQuery = (project: string, view: View) =>
  queryOptions({
    queryKey: ["jobs", project, "list", view],
    queryFn: () =>
      ok(api.GET("/api/v1/projects/{project}/jobs", { params: { path: { project }, query: asked(view) } })),
    refetchInterval: ({ state }) =>
      state.data?.items.some((job) => isUnderWay(job.state)) ? 2 * PACE : false,
  });

/** One job, also where it lies in the trash. */
export const jobQuery = (project: string, job: string) =>
  queryOptions({
    queryKey: ["jobs", project, "one", job],
    queryFn: () =>
      ok(
        api.GET("/api/v1/projects/{project}/jobs/{job}", {
          params: { path: { project, job }, query: { removed: true } },
        }),
      ),
    refetchInterval: ({ state }) => (state.data && isUnderWay(state.data.state) ? PACE : false),
  });

/** How many bytes a task has printed so far. */
export async function logSize(project: string, job: string, task: string, cursor = ""): Promise<number> {
  const params = { path: { project, job }, query: { cursor, size: 1000 } };
  const { items, next } = await ok(api.GET("/api/v1/projects/{project}/jobs/{job}/logs", { params }));
  const found = items.find((each) => each.task === task);
  if (found) return found.bytes;
  return next ? logSize(project, job, task, next) : 0;
}

/** Whether somebody may change what lies in a project, or only look. */
export function useWrites(project: string): boolean {
  const me = useMe();
  const { role } = useSuspenseQuery(projectQuery(project)).data.value;
  return me?.admin === true || role === "OWNER" || role === "MAINTAINER";
}
