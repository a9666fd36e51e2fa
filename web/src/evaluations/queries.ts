import { queryOptions, useSuspenseQuery } from "@tanstack/react-query";
import { useMe } from "../account/me";
import { api, ok, revised } from "../api/client";
import type { components } from "../api/schema";
import { isUnderWay } from "../jobs/states";
import { projectQuery } from "../projects/queries";
import { type Row, rowsOf } from "./rows";

type Evaluations = components["schemas"]["Evaluations"];
export type View = components["schemas"]["Document"];
export type Interval = components["schemas"]["MeasuredInterval"];

/** The grid that views of evaluations belong to. */
const PLACE = "evaluations";
const PAGE = 1000;
const PACE = 10_000;

async function pagesOf(project: string, signal: AbortSignal): Promise<Evaluations[]> {
  const pages: Evaluations[] = [];
  for (let cursor: string | null = ""; cursor !== null; ) {
    const query: { cursor: string; size: number } = { cursor, size: PAGE };
    const path = { project };
    const page: Evaluations = await ok(
      api.GET("/api/v1/projects/{project}/evaluations", { params: { path, query }, signal }),
    );
    pages.push(page);
    cursor = page.next;
  }
  return pages;
}

/** All evaluations of a project; those that run are looked at again. */
export const evaluationsQuery = (project: string) =>
  queryOptions({
    queryKey: ["evaluations", project],
    queryFn: async ({ signal }): Promise<readonly Row[]> => (await pagesOf(project, signal)).flatMap(rowsOf),
    structuralSharing: false,
    refetchInterval: ({ state }) =>
      state.data?.some(({ job }) => job && isUnderWay(job.state)) ? PACE : false,
  });

export const viewsQuery = (project: string) =>
  queryOptions({
    queryKey: ["views", project, PLACE, "list"],
    queryFn: async () => {
      const params = { path: { project }, query: { place: PLACE, size: PAGE } };
      return (await ok(api.GET("/api/v1/projects/{project}/views", { params }))).items;
    },
  });

export function getView(project: string, number: number) {
  const params = { path: { project, number } };
  return revised(api.GET("/api/v1/projects/{project}/views/{number}", { params }));
}

/**
 * One view, and its revision; null for number 0, which is none. It is not looked up again while it is shown: what
 * others make of it meanwhile is told to whoever saves it.
 */
export const viewQuery = (project: string, number: number) =>
  queryOptions({
    queryKey: ["views", project, PLACE, number],
    queryFn: async () => (number === 0 ? null : await getView(project, number)),
    staleTime: Number.POSITIVE_INFINITY,
  });

export const newView = (name: string, content: Record<string, unknown>) => ({ name, content, place: PLACE });

export function changeView(
  project: string,
  number: number,
  etag: string,
  body: { name?: string; content?: Record<string, unknown> },
) {
  const params = { path: { project, number }, header: { "if-match": etag } };
  return revised(api.PATCH("/api/v1/projects/{project}/views/{number}", { params, body }));
}

export function preferView(project: string, number: number) {
  return ok(
    api.PUT("/api/v1/projects/{project}/views/{number}/default", { params: { path: { project, number } } }),
  );
}

export function unpreferView(project: string, number: number) {
  return ok(
    api.DELETE("/api/v1/projects/{project}/views/{number}/default", {
      params: { path: { project, number } },
    }),
  );
}

export function removeView(project: string, number: number) {
  return ok(
    api.DELETE("/api/v1/projects/{project}/views/{number}", { params: { path: { project, number } } }),
  );
}

/** Whether whoever looks may change things of a project. */
export function useWrites(project: string): boolean {
  const me = useMe();
  const { role } = useSuspenseQuery(projectQuery(project)).data.value;
  return role === "OWNER" || role === "MAINTAINER" || me?.admin === true;
}

/** The tables of one evaluation. */
export const tablesQuery = (project: string, id: string) =>
  queryOptions({
    queryKey: ["tables", project, id],
    queryFn: async () => {
      const params = { path: { project }, query: { beginning: `evaluation/${id}/`, size: PAGE } };
      return (await ok(api.GET("/api/v1/projects/{project}/tables", { params }))).items;
    },
  });

export const intervalsQuery = (project: string, tables: string[], metrics: string[]) =>
  queryOptions({
    queryKey: ["intervals", project, tables, metrics],
    queryFn: ({ signal }) =>
      ok(
        api.POST("/api/v1/projects/{project}/evaluations/intervals", {
          params: { path: { project } },
          body: { tables, metrics, resamples: 1000 },
          signal,
        }),
      ),
    staleTime: Number.POSITIVE_INFINITY,
  });
