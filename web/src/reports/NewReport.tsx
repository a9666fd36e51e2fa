import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Form, Input, Modal } from "antd";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { useIntention } from "../api/once";
import type { components } from "../api/schema";
import { Trouble } from "../ui/Trouble";
import { createReport, newReport } from "./queries";

export default function NewReport({ project, close }: { project: string; close: () => void }) {
  const { t } = useTranslation();
  const asking = useQueryClient();
  const navigate = useNavigate();
  const intention = useIntention<components["schemas"]["NewReport"]>();
  const [form] = Form.useForm<{ name: string }>();
  const making = useMutation({
    mutationFn: ({ name }: { name: string }) =>
      createReport(
        project,
        intention.meant(name, () => newReport(name.trim())),
      ),
    onSuccess: ({ id }) => {
      void asking.invalidateQueries({ queryKey: ["reports", project, "list"] });
      navigate(`/projects/${project}/reports/${id}`);
    },
  });
  return (
    <Modal
      open
      title={t("reports.make")}
      okText={t("app.create")}
      cancelText={t("app.cancel")}
      confirmLoading={making.isPending}
      onOk={form.submit}
      onCancel={close}
    >
      <Form form={form} layout="vertical" requiredMark={false} onFinish={(typed) => making.mutate(typed)}>
        <Form.Item
          name="name"
          label={t("reports.name")}
          rules={[{ required: true, whitespace: true, message: t("reports.nameNeeded") }]}
        >
          <Input autoFocus maxLength={200} autoComplete="off" />
        </Form.Item>
        <Trouble error={making.error} own={{ conflict: t("reports.nameTaken") }} />
      </Form>
    </Modal>
  );
}
