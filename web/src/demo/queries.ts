import { queryOptions } from "@tanstack/react-query";
import { api, ok } from "../api/client";
import { faultOf, problemOf } from "../api/fault";
import { baseOf } from "./calling";
import { serviceOf } from "./spec";

/** A service may need a while to load its model. */
const PATIENCE = 120;

/** What a service of a job says of itself; asked again until it answers. */
export const serviceQuery = (project: string, job: string, port: number) =>
  queryOptions({
    queryKey: ["service", project, job, port],
    staleTime: 60_000,
    retry: (failures, error) => problemOf(error).status === 502 && failures < PATIENCE,
    retryDelay: 1_000,
    queryFn: async ({ signal }) => {
      const response = await fetch(`${baseOf(project, job, port)}openapi.json`, {
        credentials: "same-origin",
        signal,
      });
      const body: unknown = await response.json().catch(() => undefined);
      if (!response.ok) throw faultOf(response, body);
      return serviceOf(body);
    },
  });

/** Jobs that serve something now. */
export const servingQuery = (project: string) =>
  queryOptions({
    queryKey: ["jobs", project, "serving"],
    queryFn: async () => {
      const query = { state: ["RUNNING" as const], size: 200 };
      const { items } = await ok(
        api.GET("/api/v1/projects/{project}/jobs", { params: { path: { project }, query } }),
      );
      return items.filter(({ services }) => services.length > 0);
    },
  });
