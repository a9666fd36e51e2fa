import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Form, Input, Modal } from "antd";
import { useTranslation } from "react-i18next";
import { api, ok } from "../../api/client";
import { useIntention } from "../../api/once";
import { useMessages } from "../../shell/messages";
import { Trouble } from "../../ui/Trouble";
import { newView } from "../queries";
import { kept, type Shown } from "../state";

interface Props {
  project: string;
  shown: Shown;
  onView: (number: number) => void;
  close: () => void;
}

/** What is shown becomes another view. */
export default function SaveAs({ project, shown, onView, close }: Props) {
  const { t } = useTranslation();
  const message = useMessages();
  const asking = useQueryClient();
  const [form] = Form.useForm<{ name: string }>();
  const intention = useIntention<ReturnType<typeof newView>>();
  const saving = useMutation({
    mutationFn: ({ name }: { name: string }) => {
      const content = kept(shown);
      const { params, body } = intention.meant({ name, content }, () => newView(name, content));
      const path = { project };
      return ok(api.POST("/api/v1/projects/{project}/views", { params: { ...params, path }, body }));
    },
    onSuccess: async (made) => {
      await asking.invalidateQueries({ queryKey: ["views", project] });
      message.success(t("evaluations.views.saved", { name: made.name }));
      close();
      onView(made.id);
    },
  });
  return (
    <Modal
      open
      title={t("evaluations.views.saveAs")}
      okText={t("app.save")}
      cancelText={t("app.cancel")}
      confirmLoading={saving.isPending}
      onOk={form.submit}
      onCancel={close}
    >
      <Form
        form={form}
        layout="vertical"
        requiredMark={false}
        onFinish={(typed) => saving.mutate({ name: typed.name.trim() })}
      >
        <Form.Item
          name="name"
          label={t("evaluations.views.name")}
          rules={[{ required: true, whitespace: true, message: t("evaluations.views.nameNeeded") }]}
        >
          <Input autoFocus maxLength={200} />
        </Form.Item>
        <Trouble error={saving.error} own={{ conflict: t("evaluations.views.taken") }} />
      </Form>
    </Modal>
  );
}
