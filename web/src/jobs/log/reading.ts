import { faultOf } from "../../api/fault";

/** Some bytes of a log, and where to go on. */
export interface Piece {
  bytes: Uint8Array;
  next: number;
  ended: boolean;
}

/** Reads pieces of the log of one task. */
export type Read = (offset: number, size: number, signal?: AbortSignal) => Promise<Piece>;

const path = (project: string, job: string, task: string): string =>
  `/api/v1/projects/${[project, "jobs", job, "logs", task].map(encodeURIComponent).join("/")}`;

/** By bytes, which the client of the API knows nothing of. */
export function reader(project: string, job: string, task: string): Read {
  return async (offset, size, signal) => {
    const response = await fetch(`${path(project, job, task)}?offset=${offset}&size=${size}`, {
      credentials: "same-origin",
      signal: signal ?? null,
    });
    if (!response.ok) throw faultOf(response, await response.json().catch(() => undefined));
    return {
      bytes: new Uint8Array(await response.arrayBuffer()),
      next: Number(response.headers.get("X-Next-Offset") ?? offset),
      ended: response.headers.get("X-Log-Ended") === "true",
    };
  };
}

export const streamOf = (project: string, job: string, task: string, offset: number): string =>
  `${path(project, job, task)}/stream?offset=${offset}`;

export const downloadOf = (project: string, job: string, task: string): string =>
  `${path(project, job, task)}/file`;
