import { type UseMutationResult, useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api, ok } from "../api/client";
import { useMessages } from "../shell/messages";
import { useComplaint } from "../ui/Trouble";

/** Put a project into the trash, take it out, or delete it for ever; what is told and what is looked up again. */
function useRemoval(act: () => Promise<unknown>, told: string): UseMutationResult<unknown, Error, void> {
  const message = useMessages();
  const complain = useComplaint();
  const asking = useQueryClient();
  return useMutation({
    mutationFn: act,
    onSuccess: () => message.success(told),
    onError: (error) => complain(error),
    onSettled: () => asking.invalidateQueries({ queryKey: ["projects", "list"] }),
  });
}

export function useRemove(project: string) {
  const { t } = useTranslation();
  const params = { path: { project } };
  return useRemoval(
    () => ok(api.DELETE("/api/v1/projects/{project}", { params })),
    t("project.removed", { name: project }),
  );
}

export function useRecover(project: string) {
  const { t } = useTranslation();
  const params = { path: { project } };
  return useRemoval(
    () => ok(api.POST("/api/v1/projects/{project}/recover", { params })),
    t("projects.recovered", { name: project }),
  );
}

export function usePurge(project: string) {
  const { t } = useTranslation();
  const params = { path: { project } };
  return useRemoval(
    () => ok(api.POST("/api/v1/projects/{project}/purge", { params })),
    t("projects.purged", { name: project }),
  );
}
