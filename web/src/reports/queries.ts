import { queryOptions } from "@tanstack/react-query";
import { api, ok, revised } from "../api/client";
import { problemOf } from "../api/fault";
import { list } from "../api/lists";
import type { components } from "../api/schema";
import { type Block, keptOf } from "./blocks";

type Schemas = components["schemas"];
export type Report = Schemas["Document"];
export type Revised = { value: Report; etag: string };

const PAGE = 50;

export const reportsQuery = (project: string) =>
  list(["reports", project, "list"], (cursor) => {
    const params = { path: { project }, query: { cursor, size: PAGE } };
    return ok(api.GET("/api/v1/projects/{project}/reports", { params }));
  });

const readReport = (project: string, number: number): Promise<Revised> =>
  revised(api.GET("/api/v1/projects/{project}/reports/{number}", { params: { path: { project, number } } }));

export const reportQuery = (project: string, number: number) =>
  queryOptions({
    queryKey: ["reports", project, number],
    queryFn: () => readReport(project, number),
    // What is shown is edited: nothing is fetched over it unasked.
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });

/** What somebody else has saved over a revision, looked up without being shown in place of what is written here. */
export const theirsQuery = (project: string, number: number, over: string) =>
  queryOptions({
    queryKey: ["reports", project, number, "theirs", over],
    queryFn: () => readReport(project, number),
    staleTime: 0,
    gcTime: 0,
  });

export const sharedQuery = (secret: string) =>
  queryOptions({
    queryKey: ["reports", "shared", secret],
    queryFn: () => ok(api.GET("/api/v1/shared/reports/{secret}", { params: { path: { secret } } })),
  });

export function createReport(
  project: string,
  meant: { params: { header: { "Idempotency-Key": string } }; body: Schemas["NewReport"] },
): Promise<Report> {
  const params = { ...meant.params, path: { project } };
  return ok(api.POST("/api/v1/projects/{project}/reports", { params, body: meant.body }));
}

export const newReport = (name: string): Schemas["NewReport"] => ({
  name,
  place: "",
  content: { description: "", blocks: [] },
});

/** What somebody changes of a report. */
export interface Draft {
  name: string;
  blocks: Block[];
}

export async function saveReport(
  project: string,
  number: number,
  etag: string,
  draft: Draft,
): Promise<Revised> {
  const params = { path: { project, number }, header: { "if-match": etag } };
  const content = keptOf(draft.blocks) as unknown as NonNullable<Schemas["ChangedReport"]["content"]>;
  return revised(
    api.PATCH("/api/v1/projects/{project}/reports/{number}", { params, body: { name: draft.name, content } }),
  );
}

/** Copy a report under the first name of some that no other has. */
export async function duplicateReport(project: string, number: number, names: string[]): Promise<Report> {
  const params = { path: { project, number }, header: {} };
  const [name = "", ...others] = names;
  try {
    return await ok(
      api.POST("/api/v1/projects/{project}/reports/{number}/duplicate", { params, body: { name } }),
    );
  } catch (error) {
    if (others.length === 0 || problemOf(error).status !== 409) throw error;
    return duplicateReport(project, number, others);
  }
}

export async function removeReport(project: string, number: number): Promise<void> {
  await ok(
    api.DELETE("/api/v1/projects/{project}/reports/{number}", { params: { path: { project, number } } }),
  );
}

export function publishReport(project: string, number: number): Promise<Schemas["Link"]> {
  return ok(
    api.PUT("/api/v1/projects/{project}/reports/{number}/link", { params: { path: { project, number } } }),
  );
}

export async function withdrawReport(project: string, number: number): Promise<void> {
  await ok(
    api.DELETE("/api/v1/projects/{project}/reports/{number}/link", { params: { path: { project, number } } }),
  );
}
