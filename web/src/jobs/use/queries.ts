import { queryOptions } from "@tanstack/react-query";
import { api, ok } from "../../api/client";
import type { components } from "../../api/schema";

export type UseOverTime = components["schemas"]["UseOverTime"];
export type TaskUse = components["schemas"]["TaskUse"];
export type UseTotals = components["schemas"]["UseTotals"];

/** What is looked at: the job as a whole, one of its steps, or one of its tasks. */
export interface Part {
  step?: number;
  task?: string;
}

/** Milliseconds between two looks at a job that runs. */
const PACE = 4_000;

export const curvesQuery = (project: string, job: string, part: Part, moving: boolean) =>
  queryOptions({
    queryKey: ["jobs", project, "use", job, part],
    queryFn: () =>
      ok(
        api.GET("/api/v1/projects/{project}/jobs/{job}/usage", {
          params: { path: { project, job }, query: part },
        }),
      ),
    refetchInterval: moving ? PACE : false,
  });
