import { queryOptions } from "@tanstack/react-query";
import { api, ok, revised } from "../../api/client";
import { list } from "../../api/lists";
import type { components } from "../../api/schema";

export type Webhook = components["schemas"]["Webhook"];
export type Delivery = components["schemas"]["Delivery"];
export type NewWebhook = components["schemas"]["NewWebhook"];
export type WebhookChange = components["schemas"]["WebhookChange"];

export const STATES = ["waiting", "delivered", "dead"] as const;
export type State = (typeof STATES)[number];

/** What people commonly want to be told of; any other name may be typed. */
export const EVENTS = [
  "*",
  "dataset.*",
  "model.*",
  "runtime.*",
  "job.*",
  "job.created",
  "run.*",
  "table.changed",
  "member.*",
  "project.*",
  "schedule.*",
] as const;
export const EVENT = /^(\*|[a-z_]{1,40}\.(\*|[a-z_]{1,40}))$/;

export const hooksQuery = (project: string) =>
  list(["webhooks", project, "list"], (cursor) =>
    ok(api.GET("/api/v1/projects/{project}/webhooks", { params: { path: { project }, query: { cursor } } })),
  );

export const hookQuery = (project: string, webhook: number) =>
  queryOptions({
    queryKey: ["webhooks", project, "one", webhook],
    queryFn: () =>
      revised(
        api.GET("/api/v1/projects/{project}/webhooks/{webhook}", { params: { path: { project, webhook } } }),
      ),
  });

export const deliveriesQuery = (project: string, webhook: number, state: State | "") =>
  list(["webhooks", project, "deliveries", webhook, state], (cursor) =>
    ok(
      api.GET("/api/v1/projects/{project}/webhooks/{webhook}/deliveries", {
        params: { path: { project, webhook }, query: { cursor, ...(state && { state }) } },
      }),
    ),
  );

export function changeHook(project: string, webhook: number, etag: string, body: WebhookChange) {
  const params = { path: { project, webhook }, header: { "if-match": etag } };
  return ok(api.PATCH("/api/v1/projects/{project}/webhooks/{webhook}", { params, body }));
}

export const removeHook = (project: string, webhook: number) =>
  ok(api.DELETE("/api/v1/projects/{project}/webhooks/{webhook}", { params: { path: { project, webhook } } }));

export const renewSecret = (project: string, webhook: number) =>
  ok(
    api.POST("/api/v1/projects/{project}/webhooks/{webhook}/secret", {
      params: { path: { project, webhook } },
    }),
  );

export function stateOf(delivery: Delivery): State {
  return STATES.find((each) => each === delivery.state) ?? "waiting";
}
