import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api, ok } from "../../api/client";
import type { Kind, Version } from "../../artifacts/kinds";
import { keyOf } from "../../artifacts/queries";
import type { Lineage } from "./graph";

type Place = Pick<Version, "project" | "name" | "version">;

const PAGE = 20;

const keyed = (kind: Kind, of: Place) => [...keyOf(kind, of.project), "lineage", of.name, of.version];

function ask(kind: Kind, of: Place, size: number, cursor = ""): Promise<Lineage> {
  const { project, name, version } = of;
  return ok(
    api.GET(`/api/v1/projects/{project}/${kind}s/{name}/versions/{version}/lineage`, {
      params: { path: { project, name, version }, query: { size, cursor } },
    }),
  );
}

/** Where a version came from, with some of the jobs that used it. */
export const lineageQuery = (kind: Kind, of: Place, size: number) =>
  queryOptions({ queryKey: [...keyed(kind, of), size], queryFn: () => ask(kind, of, size) });

/** The same with all jobs, as they are wanted. */
export const wholeLineageQuery = (kind: Kind, of: Place) =>
  infiniteQueryOptions({
    queryKey: [...keyed(kind, of), "whole"],
    queryFn: ({ pageParam }) => ask(kind, of, PAGE, pageParam),
    initialPageParam: "",
    getNextPageParam: ({ jobs }) => jobs.next,
  });
