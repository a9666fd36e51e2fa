import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useMessages } from "../../shell/messages";
import { FormDialog } from "../../ui/FormDialog";
import { SwitchItem } from "../../ui/SwitchItem";
import { HookFields } from "./HookFields";
import { changeHook, type Webhook } from "./hooks";

type Typed = Pick<Webhook, "url" | "events" | "description" | "active">;

interface Props {
  project: string;
  hook: Webhook;
  etag: string;
  close: () => void;
}

export default function EditWebhook({ project, hook, etag, close }: Props) {
  const { t } = useTranslation();
  const message = useMessages();
  const asking = useQueryClient();
  const [seen] = useState({ hook, etag });
  const saving = useMutation({
    mutationFn: (typed: Typed) => changeHook(project, hook.id, seen.etag, typed),
    onSuccess: () => {
      message.success(t("project.saved"));
      close();
    },
    onSettled: () => asking.invalidateQueries({ queryKey: ["webhooks", project] }),
  });
  return (
    <FormDialog<Typed>
      title={t("admin.webhooks.change")}
      okText={t("app.save")}
      acting={saving}
      initial={seen.hook}
      close={close}
    >
      <HookFields />
      <SwitchItem name="active" label={t("admin.webhooks.active")} extra={t("admin.webhooks.activeHint")} />
    </FormDialog>
  );
}
