import { queryOptions } from "@tanstack/react-query";
import { api, ok } from "../api/client";
import type { Answer, Ask, Row, TableInfo } from "./asks";

/** Where answers come from: the tables of a project, or a published report. */
export type Source = { project: string } | { secret: string; block: number; plain: boolean };

const MOST_TABLES = 500;

export const tablesQuery = (project: string, job: string) =>
  queryOptions({
    queryKey: ["tables", project, job],
    queryFn: async (): Promise<TableInfo[]> => {
      const query = { beginning: `evaluation/${job}/`, size: MOST_TABLES };
      const found = await ok(
        api.GET("/api/v1/projects/{project}/tables", { params: { path: { project }, query } }),
      );
      return found.items;
    },
  });

export const answerQuery = (source: Source, ask: Ask, place: number) =>
  queryOptions({
    queryKey: ["answers", source, ask, place],
    queryFn: () => ("secret" in source ? sharedAnswer(source, place) : answerOf(source.project, ask)),
  });

export async function answerOf(project: string, ask: Ask): Promise<Answer> {
  const params = { path: { project } };
  if (ask.type === "rows") {
    const body = { order: [], size: 50, cursor: "", ...ask.question };
    return answered(await ok(api.POST("/api/v1/projects/{project}/tables/query", { params, body })));
  }
  const body = { by: [], ...ask.question };
  return answered(await ok(api.POST("/api/v1/projects/{project}/tables/aggregate", { params, body })));
}

/** How many rows answer a question in all; null where only some of them may be asked for. */
export const totalQuery = (source: Source, ask: Ask) =>
  queryOptions({
    queryKey: ["answers", "total", source, ask],
    queryFn: async (): Promise<number | null> => {
      if ("secret" in source || ask.type !== "rows") return null;
      const { tables, where = null, revision = null } = ask.question;
      const measures = { rows: { function: "count" as const, column: "id" } };
      const question = { tables, where, revision, measures };
      const { groups } = await answerOf(source.project, { type: "groups", question });
      return Number(groups[0]?.rows ?? 0);
    },
  });

async function sharedAnswer(source: Extract<Source, { secret: string }>, ask: number): Promise<Answer> {
  const { secret, block, plain } = source;
  const path = { secret, block, ask };
  return answered(
    plain
      ? await ok(api.GET("/api/v1/shared/reports/{secret}/panels/{block}", { params: { path } }))
      : await ok(api.GET("/api/v1/shared/reports/{secret}/panels/{block}/asks/{ask}", { params: { path } })),
  );
}

/** An answer as it came, or as a report has kept it. */
export function answered(told: unknown): Answer {
  const { rows, groups, edges, next } = (told ?? {}) as Partial<Answer>;
  return {
    rows: Array.isArray(rows) ? rows.map(rowOf) : [],
    groups: Array.isArray(groups) ? groups : [],
    edges: Array.isArray(edges) ? edges : [],
    ...(typeof next === "string" && { next }),
  };
}

function rowOf(told: Partial<Row>): Row {
  return { id: told.id ?? "", values: told.values ?? {} };
}
