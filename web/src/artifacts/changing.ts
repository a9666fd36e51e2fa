import { type UseMutationResult, useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api, ok } from "../api/client";
import { useMessages } from "../shell/messages";
import { useComplaint } from "../ui/Trouble";
import { type Kind, short } from "./kinds";
import { keyOf } from "./queries";

type Change<Wanted> = UseMutationResult<unknown, Error, Wanted>;

interface Of {
  kind: Kind;
  project: string;
  name: string;
}

/** Changes something about packages, tells of it, and has what is shown looked up again. */
function useChange<Wanted>(
  { kind, project }: Pick<Of, "kind" | "project">,
  act: (wanted: Wanted) => Promise<unknown>,
  told: (wanted: Wanted) => string,
): Change<Wanted> {
  const message = useMessages();
  const complain = useComplaint();
  const asking = useQueryClient();
  return useMutation({
    mutationFn: act,
    onSuccess: (_, wanted) => void message.success(told(wanted)),
    onError: (error) => complain(error),
    onSettled: async () => {
      void asking.invalidateQueries({ queryKey: ["projects"] });
      await asking.invalidateQueries({ queryKey: keyOf(kind, project) });
    },
  });
}

/** Put a package, or one version of it, into the trash. */
export function useRemove({ kind, project, name }: Of): Change<string | undefined> {
  const { t } = useTranslation();
  return useChange(
    { kind, project },
    (version) =>
      ok(
        api.DELETE(`/api/v1/projects/{project}/${kind}s`, {
          params: { path: { project }, query: { name, ...(version && { version }) } },
        }),
      ),
    (version) => t("artifacts.removed", { what: version ? short(version) : name }),
  );
}

/** Take one version out of the trash. */
export function useRecover({ kind, project, name }: Of): Change<string> {
  const { t } = useTranslation();
  return useChange(
    { kind, project },
    (version) =>
      ok(
        api.POST(`/api/v1/projects/{project}/${kind}s/recover`, {
          params: { path: { project }, query: { name, version } },
        }),
      ),
    (version) => t("artifacts.recovered", { what: short(version) }),
  );
}

/** Make an older version the latest again. */
export function useRevert({ kind, project, name }: Of): Change<string> {
  const { t } = useTranslation();
  return useChange(
    { kind, project },
    (version) =>
      ok(
        api.POST(`/api/v1/projects/{project}/${kind}s/{name}/versions/{version}/revert`, {
          params: { path: { project, name, version } },
        }),
      ),
    (version) => t("artifacts.reverted", { what: short(version) }),
  );
}

export function useAddTag(
  { kind, project, name }: Of,
  version: string,
): Change<{ tag: string; force?: boolean }> {
  const { t } = useTranslation();
  return useChange(
    { kind, project },
    ({ tag, force = false }) =>
      ok(
        api.POST(`/api/v1/projects/{project}/${kind}s/{name}/versions/{version}/tags`, {
          params: { path: { project, name, version } },
          body: { tags: [tag], force },
        }),
      ),
    ({ tag }) => t("artifacts.tagged", { tag }),
  );
}

export function useRemoveTag({ kind, project, name }: Of, version: string): Change<string> {
  const { t } = useTranslation();
  return useChange(
    { kind, project },
    (tag) =>
      ok(
        api.DELETE(`/api/v1/projects/{project}/${kind}s/{name}/tags`, {
          params: { path: { project, name }, query: { tag: [tag], version } },
        }),
      ),
    (tag) => t("artifacts.untagged", { tag }),
  );
}

/** Something in the trash, as the trash calls it. */
export interface Thrown {
  item: string;
  shown: string;
}

export function useRestore(kind: Kind, project: string): Change<Thrown> {
  const { t } = useTranslation();
  return useChange(
    { kind, project },
    ({ item }) =>
      ok(
        api.POST("/api/v1/projects/{project}/trash/{item}/restore", { params: { path: { project, item } } }),
      ),
    ({ shown }) => t("artifacts.recovered", { what: shown }),
  );
}

export function usePurge(kind: Kind, project: string): Change<Thrown> {
  const { t } = useTranslation();
  return useChange(
    { kind, project },
    ({ item }) =>
      ok(api.DELETE("/api/v1/projects/{project}/trash/{item}", { params: { path: { project, item } } })),
    ({ shown }) => t("artifacts.purged", { what: shown }),
  );
}
