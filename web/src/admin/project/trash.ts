import { type UseMutationResult, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, ok } from "../../api/client";
import { list } from "../../api/lists";
import type { components } from "../../api/schema";
import { useMessages } from "../../shell/messages";
import { useComplaint } from "../../ui/Trouble";

export type Thrown = components["schemas"]["Thrown"];

export const trashQuery = (project: string) =>
  list(["trash", project], (cursor) =>
    ok(api.GET("/api/v1/projects/{project}/trash", { params: { path: { project }, query: { cursor } } })),
  );

export const restore = (project: string, item: string) =>
  ok(api.POST("/api/v1/projects/{project}/trash/{item}/restore", { params: { path: { project, item } } }));

export const purge = (project: string, item: string) =>
  ok(api.DELETE("/api/v1/projects/{project}/trash/{item}", { params: { path: { project, item } } }));

export const empty = (project: string) =>
  ok(api.DELETE("/api/v1/projects/{project}/trash", { params: { path: { project } } }));

/** Do something to the trash; all lists of what is in a project are looked up again. */
export function useAct<Told>(
  act: () => Promise<Told>,
  told: (answer: Told) => string,
): UseMutationResult<Told, Error, void> {
  const message = useMessages();
  const complain = useComplaint();
  const asking = useQueryClient();
  return useMutation({
    mutationFn: act,
    onSuccess: (answer) => message.success(told(answer)),
    onError: (error) => complain(error),
    onSettled: () => asking.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== "me" }),
  });
}
