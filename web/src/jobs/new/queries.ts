import { queryOptions } from "@tanstack/react-query";
import { api, ok } from "../../api/client";
import { objectOf } from "../plan";
import { jobQuery } from "../queries";
import { handlerOf } from "./handlers";
import { EMPTY, type Order, orderOfBlueprint, orderOfJob } from "./order";

type Kind = "dataset" | "model" | "runtime";

const PAGE = 30;

/** Packages of a project whose names begin so, each by its newest version. */
export const choiceQuery = (kind: Kind, project: string, search: string) =>
  queryOptions({
    queryKey: ["packages", kind, project, "choice", search],
    queryFn: async () => {
      const params = { path: { project }, query: { name: search, latest: true, size: PAGE } };
      const page =
        kind === "model"
          ? await ok(api.GET("/api/v1/projects/{project}/models", { params }))
          : kind === "dataset"
            ? await ok(api.GET("/api/v1/projects/{project}/datasets", { params }))
            : await ok(api.GET("/api/v1/projects/{project}/runtimes", { params }));
      return page.items.map(({ name, version, tags }) => ({ name, version, tags }));
    },
  });

export const handlersQuery = (project: string, name: string, version: string) =>
  queryOptions({
    queryKey: ["handlers", project, name, version],
    enabled: name !== "",
    retry: false,
    queryFn: async () => {
      const params = { path: { project, name, version } };
      const asked = api.GET("/api/v1/projects/{project}/models/{name}/versions/{version}/handlers", {
        params,
      });
      const found: unknown = await ok(asked);
      const listed = Array.isArray(found) ? found : (objectOf(found).items as unknown[]);
      return listed.map(handlerOf);
    },
  });

export const poolsQuery = queryOptions({
  queryKey: ["pools", "choice"],
  queryFn: async () => (await ok(api.GET("/api/v1/pools", { params: { query: { size: 1000 } } }))).items,
});

/** What an order begins with: another job, a template, or what the address names. */
export const beginningQuery = (project: string, from: string, template: string) =>
  queryOptions({
    queryKey: ["beginning", project, from, template],
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    queryFn: async ({ client }): Promise<Order> => {
      if (from) return orderOfJob(await client.fetchQuery(jobQuery(project, from)));
      if (!template) return EMPTY;
      const params = { path: { project, name: template } };
      const found = await ok(api.GET("/api/v1/projects/{project}/templates/{name}", { params }));
      return orderOfBlueprint(found.blueprint);
    },
  });
