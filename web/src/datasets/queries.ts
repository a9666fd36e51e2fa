import { queryOptions } from "@tanstack/react-query";
import { api, ok } from "../api/client";
import type { Version } from "../artifacts/kinds";
import { keyOf } from "../artifacts/queries";

type Place = Pick<Version, "project" | "name" | "version">;

const pathOf = ({ project, name, version }: Place) => ({ path: { project, name, version } });
const BASE = "/api/v1/projects/{project}/datasets/{name}/versions/{version}";
// A version never changes.
const FOREVER = { staleTime: Number.POSITIVE_INFINITY } as const;

export const summaryQuery = (of: Place) =>
  queryOptions({
    ...FOREVER,
    queryKey: [...keyOf("dataset", of.project), "summary", of.name, of.version],
    queryFn: () => ok(api.GET(`${BASE}/summary`, { params: pathOf(of) })),
  });
