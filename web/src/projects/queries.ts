import { queryOptions } from "@tanstack/react-query";
import { api, ok, revised } from "../api/client";
import { list } from "../api/lists";
import type { components } from "../api/schema";
import type { View } from "./view";

export type Project = components["schemas"]["Project"];
export type ProjectInFull = components["schemas"]["ProjectInFull"];
export type Role = components["schemas"]["Role"];

const PAGE = 24;

export const projectsQuery = ({ search, scope, sort }: View) =>
  list(["projects", "list", { search, scope, sort }], (cursor) =>
    ok(
      api.GET("/api/v1/projects", {
        params: {
          query: {
            search,
            cursor,
            size: PAGE,
            sort,
            descending: sort !== "name",
            mine: scope === "mine",
            public: scope === "public",
            removed: scope === "trash" ? "only" : "hidden",
          },
        },
      }),
    ),
  );

export const projectQuery = (project: string) =>
  queryOptions({
    queryKey: ["projects", "one", project],
    queryFn: () => revised(api.GET("/api/v1/projects/{project}", { params: { path: { project } } })),
  });

export const membersQuery = (project: string) =>
  list(["members", project], (cursor) =>
    ok(api.GET("/api/v1/projects/{project}/members", { params: { path: { project }, query: { cursor } } })),
  );

/** Change a project, if it is still what was seen. */
export function change(
  project: string,
  etag: string,
  body: components["schemas"]["ProjectChange"],
): Promise<{ value: ProjectInFull; etag: string }> {
  const params = { path: { project }, header: { "if-match": etag } };
  return revised(api.PATCH("/api/v1/projects/{project}", { params, body }));
}

/** Whether somebody may do in a project what only its owners may. */
export function owns(project: Pick<Project, "role">, me: { admin: boolean } | null): boolean {
  return project.role === "OWNER" || me?.admin === true;
}
