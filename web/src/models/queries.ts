import { queryOptions } from "@tanstack/react-query";
import { api, ok } from "../api/client";
import { textOf } from "../artifacts/files/queries";
import type { Version } from "../artifacts/kinds";
import { keyOf } from "../artifacts/queries";
import { type Facts, factsOf } from "./facts";
import { handlerOf } from "./handlers";

type Place = Pick<Version, "project" | "name" | "version">;

const BASE = "/api/v1/projects/{project}/models/{name}/versions/{version}";
/** Handlers that are shown of one model; more than anybody writes. */
const MOST = 1000;
/** A version never changes. */
export const FOREVER = { staleTime: Number.POSITIVE_INFINITY } as const;

const pathOf = ({ project, name, version }: Place) => ({ project, name, version });
const keyed = (of: Place, what: string) => [...keyOf("model", of.project), what, of.name, of.version];

export const handlersQuery = (of: Place) =>
  queryOptions({
    ...FOREVER,
    queryKey: keyed(of, "handlers"),
    queryFn: async () => {
      const { items } = await ok(
        api.GET(`${BASE}/handlers`, { params: { path: pathOf(of), query: { size: MOST } } }),
      );
      return items.map(handlerOf);
    },
  });

export const factsQuery = (of: Place) =>
  queryOptions({
    ...FOREVER,
    queryKey: keyed(of, "facts"),
    queryFn: async (): Promise<Facts> =>
      factsOf(await ok(api.GET(`${BASE}/facts`, { params: { path: pathOf(of) } }))),
  });

const CARD = /^(readme|model[-_]?card|card)(\.(md|markdown|txt))?$/i;

/** The text by which its makers describe a model; null where they wrote none. */
export const cardQuery = (of: Place) =>
  queryOptions({
    ...FOREVER,
    queryKey: keyed(of, "card"),
    queryFn: async (): Promise<string | null> => {
      const path = pathOf(of);
      const { items } = await ok(api.GET(`${BASE}/files`, { params: { path, query: { size: MOST } } }));
      const card = items.find(({ name, is_folder, size }) => !is_folder && size > 0 && CARD.test(name));
      if (!card) return null;
      const told = await textOf({ ...of, kind: "model" }, card.path);
      return told && withoutHead(told.text);
    },
  });

/** A text without the block of settings that cards of some hubs begin with. */
export function withoutHead(text: string): string {
  return text.replace(/^---\r?\n[\s\S]*?\r?\n---\r?\n/, "");
}
