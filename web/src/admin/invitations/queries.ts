import { api, ok } from "../../api/client";
import { list } from "../../api/lists";
import type { components } from "../../api/schema";

export type Invitation = components["schemas"]["Invitation"];
export type Minted = components["schemas"]["MintedInvitation"];
export type Wanted = components["schemas"]["NewMemberInvitation"];

/** The invitations to a project; to the instance where none is named. */
export const invitationsQuery = (project: string) =>
  list(["invitations", project], (cursor) =>
    ok(
      project
        ? api.GET("/api/v1/projects/{project}/invitations", {
            params: { path: { project }, query: { cursor } },
          })
        : api.GET("/api/v1/invitations", { params: { query: { cursor } } }),
    ),
  );

export function revoke(project: string, number: number): Promise<unknown> {
  return ok(
    project
      ? api.DELETE("/api/v1/projects/{project}/invitations/{number}", {
          params: { path: { project, number } },
        })
      : api.DELETE("/api/v1/invitations/{number}", { params: { path: { number } } }),
  );
}

export type State = "open" | "used" | "over";

export function stateOf({ used_at, expires_at }: Invitation, now: Date = new Date()): State {
  if (used_at) return "used";
  return new Date(expires_at) < now ? "over" : "open";
}
