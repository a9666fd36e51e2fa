import { queryOptions } from "@tanstack/react-query";
import { api, ok } from "../../api/client";
import { problemOf } from "../../api/fault";
import { list } from "../../api/lists";
import type { components, paths } from "../../api/schema";
import type { Kind, Version } from "../kinds";
import { keyOf } from "../queries";

/** Kinds of which one may look at the files. */
export type FileKind = Exclude<Kind, "dataset">;
/** A version whose files are looked at. */
export type Place = Pick<Version, "project" | "name" | "version"> & { kind: FileKind };
export type Entry = components["schemas"]["Entry"];
type Diff = paths["/api/v1/projects/{project}/models/{name}/versions/{version}/diff"]["get"];
export type Change = Diff["responses"][200]["content"]["application/json"]["files"][number];

// A version never changes.
const FOREVER = { staleTime: Number.POSITIVE_INFINITY } as const;
const PAGE = 200;
const keyFor = (of: Place, what: string) => [...keyOf(of.kind, of.project), what, of.name, of.version];
const pathOf = ({ project, name, version }: Place) => ({ project, name, version });

export const folderQuery = (of: Place, path: string) => ({
  ...FOREVER,
  ...list([...keyFor(of, "files"), path], (cursor) =>
    ok(
      api.GET(`/api/v1/projects/{project}/${of.kind}s/{name}/versions/{version}/files`, {
        params: { path: pathOf(of), query: { path, cursor, size: PAGE } },
      }),
    ),
  ),
});

async function textOf(of: Place, path: string) {
  try {
    return await ok(
      api.GET(`/api/v1/projects/{project}/${of.kind}s/{name}/versions/{version}/files/text`, {
        params: { path: pathOf(of), query: { path } },
      }),
    );
  } catch (error) {
    if (problemOf(error).status === 400) return null;
    throw error;
  }
}

/** The beginning of a file as text; null where it is none. */
export const textQuery = (of: Place, path: string) =>
  queryOptions({
    ...FOREVER,
    queryKey: [...keyFor(of, "text"), path],
    queryFn: () => textOf(of, path),
  });

/** The same of one side of a comparison, on which there may be no such file. */
export const sideQuery = (of: Place | null, path: string) =>
  queryOptions({
    ...FOREVER,
    queryKey: of ? [...keyFor(of, "side"), path] : ["no file"],
    queryFn: async () => (of ? ((await textOf(of, path))?.text ?? null) : ""),
  });

/** The bytes of a picture, which the page shows itself: what users upload is never shown as a page of ours. */
export const pictureQuery = (of: Place, path: string, type: string) =>
  queryOptions({
    ...FOREVER,
    queryKey: [...keyFor(of, "picture"), path],
    queryFn: async () => {
      const bytes: unknown = await ok(
        api.GET(`/api/v1/projects/{project}/${of.kind}s/{name}/versions/{version}/files/raw`, {
          params: { path: pathOf(of), query: { path } },
          parseAs: "arrayBuffer",
        }),
      );
      return new Blob([bytes as ArrayBuffer], { type });
    },
  });

export const changesQuery = (of: Place, other: string) =>
  queryOptions({
    ...FOREVER,
    queryKey: [...keyFor(of, "changes"), other],
    queryFn: () =>
      ok(
        api.GET(`/api/v1/projects/{project}/${of.kind}s/{name}/versions/{version}/diff`, {
          params: { path: pathOf(of), query: { with: other } },
        }),
      ),
  });

/** Where a browser fetches a file to keep it. */
export function downloadAddress({ kind, project, name, version }: Place, path: string): string {
  const parts = [project, `${kind}s`, name, "versions", version].map(encodeURIComponent);
  return `/api/v1/projects/${parts.join("/")}/files/raw?${new URLSearchParams({ path })}`;
}
