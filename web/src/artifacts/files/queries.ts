import { queryOptions } from "@tanstack/react-query";
import { api, ok } from "../../api/client";
import { faultOf, problemOf } from "../../api/fault";
import { list } from "../../api/lists";
import type { components, paths } from "../../api/schema";
import type { Kind, Version } from "../kinds";
import { keyOf } from "../queries";
import { LARGEST_PICTURE } from "./shown";

/** Kinds of which one may look at the files. */
export type FileKind = Exclude<Kind, "dataset">;
/** A version whose files are looked at. */
export type Place = Pick<Version, "project" | "name" | "version"> & { kind: FileKind };
export type Entry = components["schemas"]["Entry"];
type Diff = paths["/api/v1/projects/{project}/models/{name}/versions/{version}/diff"]["get"];
export type Change = Diff["responses"][200]["content"]["application/json"]["items"][number];

// A version never changes.
const FOREVER = { staleTime: Number.POSITIVE_INFINITY } as const;
const PAGE = 200;
const LARGEST_PAGE = 1_000;
const MOST_CHANGES = 10_000;
const LARGEST_TEXT = 32 * 1024 ** 2;
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

/** The beginning of a file as text; null where it is none. */
export async function textOf(of: Place, path: string) {
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
    queryFn: async () => (of ? await textOf(of, path) : { text: "", is_whole: true, size: 0 }),
  });

/** All of a file; null for one of more than so many bytes. */
async function wholeOf(of: Place, path: string, largest: number, signal: AbortSignal): Promise<Blob | null> {
  const { data, error, response } = await api.GET(
    `/api/v1/projects/{project}/${of.kind}s/{name}/versions/{version}/files/raw`,
    { params: { path: pathOf(of), query: { path } }, parseAs: "stream", signal },
  );
  if (!response.ok) throw faultOf(response, error);
  if (Number(response.headers.get("Content-Length")) > largest) {
    await data?.cancel();
    return null;
  }
  return new Response(data).blob();
}

/**
 * The bytes of a picture, which the page shows itself: what users upload is never shown as a page of ours. Null for
 * one that is too large for that.
 */
export const pictureQuery = (of: Place, path: string, type: string) =>
  queryOptions({
    ...FOREVER,
    queryKey: [...keyFor(of, "picture"), path],
    queryFn: async ({ signal }) => {
      const whole = await wholeOf(of, path, LARGEST_PICTURE, signal);
      return whole && new Blob([whole], { type });
    },
  });

/** All of a text that the page reads itself; an empty one where it is larger than that makes sense. */
export const wholeTextQuery = (of: Place, path: string) =>
  queryOptions({
    ...FOREVER,
    queryKey: [...keyFor(of, "whole"), path],
    queryFn: async ({ signal }) => (await wholeOf(of, path, LARGEST_TEXT, signal))?.text() ?? "",
  });

async function changesOf(of: Place, other: string) {
  const pageOf = (cursor: string) =>
    ok(
      api.GET(`/api/v1/projects/{project}/${of.kind}s/{name}/versions/{version}/diff`, {
        params: { path: pathOf(of), query: { with: other, cursor, size: LARGEST_PAGE } },
      }),
    );
  const found = await pageOf("");
  while (found.next && found.items.length < MOST_CHANGES) {
    const { items, next } = await pageOf(found.next);
    found.items.push(...items);
    found.next = next ?? null;
  }
  return found;
}

/** The files that differ, the first ten thousand of them: each is a line that one may choose. */
export const changesQuery = (of: Place, other: string) =>
  queryOptions({
    ...FOREVER,
    queryKey: [...keyFor(of, "changes"), other],
    queryFn: () => changesOf(of, other),
  });

/** Where a browser fetches a file to keep it. */
export function downloadAddress({ kind, project, name, version }: Place, path: string): string {
  const parts = [project, `${kind}s`, name, "versions", version].map(encodeURIComponent);
  return `/api/v1/projects/${parts.join("/")}/files/raw?${new URLSearchParams({ path })}`;
}
