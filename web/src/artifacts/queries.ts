import { queryOptions, useSuspenseQuery } from "@tanstack/react-query";
import { useMe } from "../account/me";
import { api, ok } from "../api/client";
import { type Listed, list } from "../api/lists";
import { owns, projectQuery } from "../projects/queries";
import type { Kind, Package, Version } from "./kinds";
import type { View } from "./view";

const PAGE = 50;

/** All that is asked about packages of a kind begins with this; a change makes it old. */
export const keyOf = (kind: Kind, project: string) => ["packages", kind, project] as const;

export const packagesQuery = (kind: Kind, project: string, view: Omit<View, "scope">) => {
  const { search, sort, descending } = view;
  return list(
    [...keyOf(kind, project), "list", { search, sort, descending }],
    (cursor) =>
      ok(
        api.GET(`/api/v1/projects/{project}/${kind}s/packages`, {
          params: { path: { project }, query: { search, sort, descending, cursor, size: PAGE } },
        }),
      ) as Promise<Listed<Package>>,
  );
};

export const trashQuery = (kind: Kind, project: string) =>
  list([...keyOf(kind, project), "trash"], (cursor) =>
    ok(
      api.GET("/api/v1/projects/{project}/trash", {
        params: { path: { project }, query: { kind, cursor, size: PAGE } },
      }),
    ),
  );

export const historyQuery = (kind: Kind, project: string, name: string, removed: boolean) =>
  list(
    [...keyOf(kind, project), "history", name, { removed }],
    (cursor) =>
      ok(
        api.GET(`/api/v1/projects/{project}/${kind}s/{name}/versions`, {
          params: { path: { project, name }, query: { removed, cursor, size: PAGE } },
        }),
      ) as Promise<Listed<Version>>,
  );

/** One version, by its id, the beginning of that, a tag or `latest`. */
export const versionQuery = (kind: Kind, project: string, name: string, version: string) =>
  queryOptions({
    queryKey: [...keyOf(kind, project), "version", name, version],
    queryFn: () =>
      ok(
        api.GET(`/api/v1/projects/{project}/${kind}s/{name}/versions/{version}`, {
          params: { path: { project, name, version } },
        }),
      ) as Promise<Version>,
  });

/** What whoever looks at a project may do with its packages, as far as the page can know. */
export function useRights(project: string): { writes: boolean; manages: boolean } {
  const me = useMe();
  const { role } = useSuspenseQuery(projectQuery(project)).data.value;
  const manages = owns({ role }, me);
  return { writes: manages || role === "MAINTAINER", manages };
}
