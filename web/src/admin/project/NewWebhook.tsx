import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Form, Modal } from "antd";
import { useTranslation } from "react-i18next";
import { api, ok } from "../../api/client";
import { useIntention } from "../../api/once";
import ShownOnce from "../../ui/ShownOnce";
import { Trouble } from "../../ui/Trouble";
import { HookFields } from "./HookFields";
import type { NewWebhook as Typed } from "./hooks";

/** Makes a webhook, and shows the secret that deliveries are signed with, once. */
export default function NewWebhook({ project, close }: { project: string; close: () => void }) {
  const { t } = useTranslation();
  const asking = useQueryClient();
  const intention = useIntention<Typed>();
  const [form] = Form.useForm<Typed>();
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
    <Modal
      open
      title={t("admin.webhooks.make")}
      okText={t("app.create")}
      cancelText={t("app.cancel")}
      confirmLoading={making.isPending}
      onOk={form.submit}
      onCancel={close}
    >
      <Form<Typed>
        form={form}
        layout="vertical"
        requiredMark={false}
        initialValues={{ url: "", events: ["*"], description: "" }}
        onFinish={(typed) => making.mutate(typed)}
      >
        <HookFields />
        <Trouble error={making.error} />
      </Form>
    </Modal>
  );
}
