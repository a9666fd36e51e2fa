import { type UseMutationResult, useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { api, ok } from "../api/client";
import { useMessages } from "../shell/messages";
import { useComplaint } from "../ui/Trouble";
import { projectQuery } from "./queries";

/** Put a project into the trash, take it out, or delete it for ever; what is told and what is looked up again. */
function useRemoval(
  project: string,
  act: () => Promise<unknown>,
  told: string,
): UseMutationResult<unknown, Error, void> {
  const message = useMessages();
  const complain = useComplaint();
  const asking = useQueryClient();
  const gone = useRef(false);
  useEffect(
    () => () => {
      // Whoever comes back to its page by a key of the browser must not find it as it was; while it is shown, it stays.
      const forget = (): void =>
        asking.removeQueries({ queryKey: projectQuery(project).queryKey, type: "inactive" });
      if (gone.current) queueMicrotask(forget);
    },
    [asking, project],
  );
  return useMutation({
    mutationFn: act,
    onSuccess: () => message.success(told),
    onError: (error) => complain(error),
    onSettled: () => {
      gone.current = true;
      return asking.invalidateQueries({ queryKey: ["projects", "list"] });
    },
  });
}

export function useRemove(project: string) {
  const { t } = useTranslation();
  const params = { path: { project } };
  return useRemoval(
    project,
    () => ok(api.DELETE("/api/v1/projects/{project}", { params })),
    t("project.removed", { name: project }),
  );
}

export function useRecover(project: string) {
  const { t } = useTranslation();
  const params = { path: { project } };
  return useRemoval(
    project,
    () => ok(api.POST("/api/v1/projects/{project}/recover", { params })),
    t("projects.recovered", { name: project }),
  );
}

export function usePurge(project: string) {
  const { t } = useTranslation();
  const params = { path: { project } };
  return useRemoval(
    project,
    () => ok(api.POST("/api/v1/projects/{project}/purge", { params })),
    t("projects.purged", { name: project }),
  );
}
