import { api, ok } from "../api/client";

const of = (project: string, job: string) => ({ path: { project, job } });

export const cancel = (project: string, job: string, force = false) =>
  ok(api.POST("/api/v1/projects/{project}/jobs/{job}/cancel", { params: of(project, job), body: { force } }));

export const pause = (project: string, job: string) =>
  ok(
    api.POST("/api/v1/projects/{project}/jobs/{job}/pause", {
      params: of(project, job),
      body: { force: false },
    }),
  );

export const resume = (project: string, job: string) =>
  ok(api.POST("/api/v1/projects/{project}/jobs/{job}/resume", { params: of(project, job) }));

export const remove = (project: string, job: string) =>
  ok(api.DELETE("/api/v1/projects/{project}/jobs/{job}", { params: of(project, job) }));

export const recover = (project: string, job: string) =>
  ok(api.POST("/api/v1/projects/{project}/jobs/{job}/recover", { params: of(project, job) }));

/** Note something about a job; what is not mentioned stays. */
export const mark = (project: string, job: string, body: { comment?: string; pinned?: boolean }) =>
  ok(api.PATCH("/api/v1/projects/{project}/jobs/{job}", { params: of(project, job), body }));
