import { queryOptions } from "@tanstack/react-query";
import { api, ok, revised } from "../../api/client";
import { problemOf } from "../../api/fault";
import type { components } from "../../api/schema";
import { keptOf, type Placed } from "../../panels/boards";
import { wholeOf } from "../rows";

export type Document = components["schemas"]["Document"];

/** Boards are the panels that a project keeps at this place. */
const PLACE = "evaluation";
/** Where a model keeps a board, and what it may be called there; the first that is there counts. */
const SHIPPED = { folder: ".starwhale", names: ["eval_panel_layout.yaml", "eval_panel_layout.json"] };

export const boardsQuery = (project: string) =>
  queryOptions({
    queryKey: ["boards", project],
    queryFn: async () => {
      const params = { path: { project }, query: { place: PLACE, size: 200 } };
      return (await ok(api.GET("/api/v1/projects/{project}/panels", { params }))).items;
    },
  });

export const boardQuery = (project: string, number: number) =>
  queryOptions({
    queryKey: ["boards", project, number],
    queryFn: () =>
      revised(
        api.GET("/api/v1/projects/{project}/panels/{number}", { params: { path: { project, number } } }),
      ),
  });

/** The job of an evaluation; none where it was not one of a job, or whoever looks may not see it. */
export const jobQuery = (project: string, job: string) =>
  queryOptions({
    queryKey: ["boards", "job", project, job],
    queryFn: () =>
      orNothing(ok(api.GET("/api/v1/projects/{project}/jobs/{job}", { params: { path: { project, job } } }))),
  });

/** The whole id of an evaluation of which `asked` is the beginning; null where there is none, or more than one. */
export const wholeQuery = (project: string, asked: string, known: boolean) =>
  queryOptions({
    queryKey: ["boards", "whole", project, asked],
    queryFn: async () => (known ? asked : wholeOf(asked, await beginningWith(project, asked))),
  });

/** Evaluations that have logged tables, or a summary. */
async function beginningWith(project: string, asked: string): Promise<string[]> {
  const path = { project };
  const query = { beginning: `evaluation/${asked}`, size: 500 };
  const where = {
    op: "and",
    parts: [
      { op: ">=", column: "id", value: asked },
      { op: "<=", column: "id", value: `${asked}\u{10ffff}` },
    ],
  };
  const body = { tables: ["summary"], columns: [], where, order: [], size: 50, cursor: "" };
  const [tables, summaries] = await Promise.all([
    ok(api.GET("/api/v1/projects/{project}/tables", { params: { path, query } })),
    orNothing(ok(api.POST("/api/v1/projects/{project}/tables/query", { params: { path }, body }))),
  ]);
  return [
    ...tables.items.map((each) => each.path.split("/")[1] ?? ""),
    ...(typeof summaries === "object" ? (summaries?.rows ?? []) : []).map(({ id }) => String(id)),
  ];
}

/** The board that lies in the model of a job; null where there is none. */
export const shippedQuery = (project: string, model: string) =>
  queryOptions({
    queryKey: ["boards", "shipped", project, model],
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: async (): Promise<Placed[] | null> => {
      const [, name, version] = /([^/]+)\/version\/([^/]+)$/.exec(model) ?? [];
      const [, from = project] = /project\/([^/]+)\//.exec(model) ?? [];
      if (!name || !version) return null;
      const path = await orNothing(shippedPath({ project: from, name, version }));
      if (!path) return null;
      const params = { path: { project: from, name, version }, query: { path } };
      const found = await orNothing(
        ok(api.GET("/api/v1/projects/{project}/models/{name}/versions/{version}/files/text", { params })),
      );
      return found && (await import("./shipped")).readShipped(found.text);
    },
  });

/** Where the board of a model is, found by what lies in it: to ask for what is not there is a failure. */
async function shippedPath(of: { project: string; name: string; version: string }): Promise<string | null> {
  const look = async (path: string) => {
    const params = { path: of, query: { path, size: 200 } };
    const files = "/api/v1/projects/{project}/models/{name}/versions/{version}/files";
    return (await ok(api.GET(files, { params }))).items;
  };
  const top = await look("");
  if (!top.some(({ path, is_folder }) => is_folder && path === SHIPPED.folder)) return null;
  const lying = (await look(SHIPPED.folder)).map(({ name }) => name);
  const found = SHIPPED.names.find((name) => lying.includes(name));
  return found ? `${SHIPPED.folder}/${found}` : null;
}

async function orNothing<Found>(asked: Promise<Found>): Promise<Found | null> {
  try {
    return await asked;
  } catch (error) {
    const { status } = problemOf(error);
    if (status === 404 || status === 403 || status === 400 || status === 422) return null;
    throw error;
  }
}

type Revised = { value: Document; etag: string };

export function createBoard(
  project: string,
  meant: { params: { header: { "Idempotency-Key": string } }; body: components["schemas"]["NewDocument"] },
): Promise<Document> {
  const params = { ...meant.params, path: { project } };
  return ok(api.POST("/api/v1/projects/{project}/panels", { params, body: meant.body }));
}

export const newBoard = (name: string, board: Placed[]): components["schemas"]["NewDocument"] => ({
  name,
  place: PLACE,
  content: keptOf(board),
});

export const saveBoard = (project: string, number: number, etag: string, board: Placed[]): Promise<Revised> =>
  changeBoard(project, number, etag, { content: keptOf(board) });

export const renameBoard = (project: string, number: number, etag: string, name: string): Promise<Revised> =>
  changeBoard(project, number, etag, { name });

function changeBoard(
  project: string,
  number: number,
  etag: string,
  body: components["schemas"]["ChangedDocument"],
): Promise<Revised> {
  const params = { path: { project, number }, header: { "if-match": etag } };
  return revised(api.PATCH("/api/v1/projects/{project}/panels/{number}", { params, body }));
}

export function preferBoard(project: string, number: number): Promise<Document> {
  return ok(
    api.PUT("/api/v1/projects/{project}/panels/{number}/default", { params: { path: { project, number } } }),
  );
}

export function unpreferBoard(project: string, number: number): Promise<Document> {
  return ok(
    api.DELETE("/api/v1/projects/{project}/panels/{number}/default", {
      params: { path: { project, number } },
    }),
  );
}

export async function removeBoard(project: string, number: number): Promise<void> {
  await ok(
    api.DELETE("/api/v1/projects/{project}/panels/{number}", { params: { path: { project, number } } }),
  );
}
