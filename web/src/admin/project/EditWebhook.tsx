import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Form, Modal, Switch } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useMessages } from "../../shell/messages";
import { Trouble } from "../../ui/Trouble";
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
  const [form] = Form.useForm<Typed>();
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
    <Modal
      open
      title={t("admin.webhooks.change")}
      okText={t("app.save")}
      cancelText={t("app.cancel")}
      confirmLoading={saving.isPending}
      onOk={form.submit}
      onCancel={close}
    >
      <Form<Typed>
        form={form}
        layout="vertical"
        requiredMark={false}
        initialValues={seen.hook}
        onFinish={(typed) => saving.mutate(typed)}
      >
        <HookFields />
        <Form.Item
          name="active"
          label={t("admin.webhooks.active")}
          extra={t("admin.webhooks.activeHint")}
          valuePropName="checked"
        >
          <Switch />
        </Form.Item>
        <Trouble error={saving.error} />
      </Form>
    </Modal>
  );
}
