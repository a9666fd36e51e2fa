import { queryOptions } from "@tanstack/react-query";
import { api, ok } from "../api/client";
import { list } from "../api/lists";
import type { components } from "../api/schema";
import type { Version } from "../artifacts/kinds";
import { keyOf } from "../artifacts/queries";
import { environmentOf } from "./environment";

type Place = Pick<Version, "project" | "name" | "version">;
export type Lock = components["schemas"]["Lock"];
export type LockedChange = components["schemas"]["LockedChange"];

const BASE = "/api/v1/projects/{project}/runtimes/{name}/versions/{version}";
/** Platforms that are shown of one runtime; more than there are. */
const MOST = 100;
const CHANGES = 200;
// A version never changes.
const FOREVER = { staleTime: Number.POSITIVE_INFINITY } as const;
const pathOf = ({ project, name, version }: Place) => ({ project, name, version });
const keyed = (of: Place, what: string) => [...keyOf("runtime", of.project), what, of.name, of.version];

export const locksQuery = (of: Place) =>
  queryOptions({
    ...FOREVER,
    queryKey: keyed(of, "locks"),
    queryFn: async (): Promise<Lock[]> => {
      const params = { path: pathOf(of), query: { size: MOST } };
      return (await ok(api.GET(`${BASE}/locks`, { params }))).items;
    },
  });

export const environmentQuery = (of: Place) =>
  queryOptions({
    ...FOREVER,
    queryKey: keyed(of, "environment"),
    queryFn: async () =>
      environmentOf(await ok(api.GET(`${BASE}/environment`, { params: { path: pathOf(of) } }))),
  });

/** What two versions pin differently, page by page. */
export const lockChangesQuery = (of: Place, other: string) => ({
  ...FOREVER,
  ...list<LockedChange>([...keyed(of, "lock changes"), other], (cursor) =>
    ok(
      api.GET(`${BASE}/locks/diff`, {
        params: { path: pathOf(of), query: { with: other, cursor, size: CHANGES } },
      }),
    ),
  ),
});
