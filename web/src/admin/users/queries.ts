import { queryOptions } from "@tanstack/react-query";
import { api, ok, revised } from "../../api/client";
import { list } from "../../api/lists";
import type { components } from "../../api/schema";

export type User = components["schemas"]["User"];
export type UserChange = components["schemas"]["UserChange"];

export const usersQuery = (search: string) =>
  list(["users", "list", search], (cursor) =>
    ok(api.GET("/api/v1/users", { params: { query: { search, cursor } } })),
  );

export const userQuery = (name: string) =>
  queryOptions({
    queryKey: ["users", "one", name],
    staleTime: 0,
    queryFn: () => revised(api.GET("/api/v1/users/{name}", { params: { path: { name } } })),
  });

/** Change an account, if it is still what was seen. */
export function changeUser(name: string, etag: string, body: UserChange): Promise<User> {
  const params = { path: { name }, header: { "if-match": etag } };
  return ok(api.PATCH("/api/v1/users/{name}", { params, body }));
}
