import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api, ok } from "../../api/client";
import { useIntention } from "../../api/once";
import { FormDialog } from "../../ui/FormDialog";
import ShownOnce from "../../ui/ShownOnce";
import { HookFields } from "./HookFields";
import type { NewWebhook as Typed } from "./hooks";

/** Makes a webhook, and shows the secret that deliveries are signed with, once. */
export default function NewWebhook({ project, close }: { project: string; close: () => void }) {
  const { t } = useTranslation();
  const asking = useQueryClient();
  const intention = useIntention<Typed>();
  const making = useMutation({
    mutationFn: (typed: Typed) => {
      const { params, body } = intention.meant(typed, () => typed);
      return ok(
        api.POST("/api/v1/projects/{project}/webhooks", { params: { ...params, path: { project } }, body }),
      );
    },
    onSuccess: () => {
      intention.done();
      return asking.invalidateQueries({ queryKey: ["webhooks", project] });
    },
  });
  if (making.data)
    return (
      <ShownOnce
        title={t("admin.webhooks.made")}
        text={t("admin.webhooks.secretOnce")}
        label={t("admin.webhooks.secret")}
        secret={making.data.secret}
        close={close}
      />
    );
  return (
    <FormDialog<Typed>
      title={t("admin.webhooks.make")}
      okText={t("app.create")}
      acting={making}
      initial={{ url: "", events: ["*"], description: "" }}
      close={close}
    >
      <HookFields />
    </FormDialog>
  );
}
