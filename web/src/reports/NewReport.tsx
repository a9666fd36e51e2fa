import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Form, Input } from "antd";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { useIntention } from "../api/once";
import type { components } from "../api/schema";
import { FormDialog } from "../ui/FormDialog";
import { createReport, newReport } from "./queries";

export default function NewReport({ project, close }: { project: string; close: () => void }) {
  const { t } = useTranslation();
  const asking = useQueryClient();
  const navigate = useNavigate();
  const intention = useIntention<components["schemas"]["NewReport"]>();
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
    <FormDialog<{ name: string }>
      title={t("reports.make")}
      okText={t("app.create")}
      acting={making}
      own={{ conflict: t("reports.nameTaken") }}
      close={close}
    >
      <Form.Item
        name="name"
        label={t("reports.name")}
        rules={[{ required: true, whitespace: true, message: t("reports.nameNeeded") }]}
      >
        <Input autoFocus maxLength={200} autoComplete="off" />
      </Form.Item>
    </FormDialog>
  );
}
