import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Form, Input } from "antd";
import { useTranslation } from "react-i18next";
import { longEnough } from "../../account/passwords";
import { api, ok } from "../../api/client";
import { useIntention } from "../../api/once";
import type { components } from "../../api/schema";
import { useMessages } from "../../shell/messages";
import { FormDialog } from "../../ui/FormDialog";
import { SwitchItem } from "../../ui/SwitchItem";

type Typed = components["schemas"]["NewUser"];

export default function NewUser({ close }: { close: () => void }) {
  const { t } = useTranslation();
  const message = useMessages();
  const asking = useQueryClient();
  const intention = useIntention<Typed>();
  const making = useMutation({
    mutationFn: (typed: Typed) =>
      ok(
        api.POST(
          "/api/v1/users",
          intention.meant(typed, () => typed),
        ),
      ),
    onSuccess: ({ name }) => {
      message.success(t("admin.users.created", { name }));
      close();
      return asking.invalidateQueries({ queryKey: ["users"] });
    },
  });
  const needed = [{ required: true, message: t("account.needed") }];
  return (
    <FormDialog<Typed>
      title={t("admin.users.make")}
      okText={t("app.create")}
      acting={making}
      initial={{ email: "", admin: false }}
      close={close}
    >
      <Form.Item name="name" label={t("login.name")} extra={t("admin.users.nameHint")} rules={needed}>
        <Input autoFocus maxLength={80} autoCapitalize="none" autoComplete="off" spellCheck={false} />
      </Form.Item>
      <Form.Item name="email" label={t("account.email")}>
        <Input type="email" maxLength={320} autoComplete="off" />
      </Form.Item>
      <Form.Item
        name="password"
        label={t("login.password")}
        extra={t("admin.users.passwordHint")}
        rules={[...needed, longEnough(t("account.tooShort"))]}
      >
        <Input.Password autoComplete="new-password" maxLength={256} />
      </Form.Item>
      <SwitchItem name="admin" label={t("account.admin")} extra={t("admin.users.adminHint")} />
    </FormDialog>
  );
}
