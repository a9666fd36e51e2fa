import { api, ok } from "../../api/client";
import { list } from "../../api/lists";
import type { components } from "../../api/schema";

export type Template = components["schemas"]["Template"];
export type Schedule = components["schemas"]["Schedule"];

export const templatesQuery = (project: string) =>
  list(["templates", project], (cursor) =>
    ok(api.GET("/api/v1/projects/{project}/templates", { params: { path: { project }, query: { cursor } } })),
  );

export const schedulesQuery = (project: string) =>
  list(["schedules", project], (cursor) =>
    ok(api.GET("/api/v1/projects/{project}/schedules", { params: { path: { project }, query: { cursor } } })),
  );
