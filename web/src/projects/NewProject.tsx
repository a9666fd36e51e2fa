import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Form, Input } from "antd";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { api, ok } from "../api/client";
import { useIntention } from "../api/once";
import type { components } from "../api/schema";
import { FormDialog } from "../ui/FormDialog";

type Typed = components["schemas"]["NewProject"];

/** As the server has it; see `check_name`. */
const NAME = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,79}$/;

export default function NewProject({ close }: { close: () => void }) {
  const { t } = useTranslation();
  const asking = useQueryClient();
  const navigate = useNavigate();
  const intention = useIntention<Typed>();
  const making = useMutation({
    mutationFn: (typed: Typed) =>
      ok(
        api.POST(
          "/api/v1/projects",
          intention.meant(typed, () => typed),
        ),
      ),
    onSuccess: ({ name }) => {
      void asking.invalidateQueries({ queryKey: ["projects"] });
      navigate(`/projects/${encodeURIComponent(name)}`);
    },
  });
  const name = [
    { required: true, message: t("projects.nameNeeded") },
    { pattern: NAME, message: t("projects.nameWrong") },
  ];
  return (
    <FormDialog<Typed> title={t("projects.make")} okText={t("app.create")} acting={making} close={close}>
      <Form.Item name="name" label={t("projects.name")} extra={t("projects.nameHint")} rules={name}>
        <Input autoFocus maxLength={80} autoCapitalize="none" autoComplete="off" spellCheck={false} />
      </Form.Item>
      <Form.Item
        name="description"
        initialValue=""
        label={t("projects.description")}
        extra={t("projects.descriptionHint")}
      >
        <Input.TextArea maxLength={10_000} rows={3} />
      </Form.Item>
    </FormDialog>
  );
}
