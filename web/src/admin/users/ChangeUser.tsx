import { useMutation, useQueryClient, useSuspenseQuery } from "@tanstack/react-query";
import { Form, Input } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useMessages } from "../../shell/messages";
import { FormDialog } from "../../ui/FormDialog";
import { SwitchItem } from "../../ui/SwitchItem";
import { changeUser, userQuery } from "./queries";

interface Typed {
  email: string;
  admin: boolean;
  enabled: boolean;
}

export default function ChangeUser({ name, close }: { name: string; close: () => void }) {
  const { t } = useTranslation();
  const message = useMessages();
  const asking = useQueryClient();
  const { data } = useSuspenseQuery(userQuery(name));
  // What was seen when this was opened, whatever is looked up meanwhile.
  const [{ value: user, etag }] = useState(data);
  const saving = useMutation({
    mutationFn: ({ email, admin, enabled }: Typed) =>
      changeUser(name, etag, { email, admin, disabled: !enabled }),
    onSuccess: () => {
      message.success(t("project.saved"));
      close();
    },
    onSettled: () =>
      Promise.all([
        asking.invalidateQueries({ queryKey: ["users"] }),
        asking.invalidateQueries({ queryKey: ["me"] }),
      ]),
  });
  return (
    <FormDialog<Typed>
      title={t("admin.users.changeOf", { name })}
      okText={t("app.save")}
      acting={saving}
      initial={{ email: user.email, admin: user.admin, enabled: user.disabled_at === null }}
      close={close}
    >
      <Form.Item name="email" label={t("account.email")}>
        <Input type="email" maxLength={320} autoComplete="off" />
      </Form.Item>
      <SwitchItem name="admin" label={t("account.admin")} extra={t("admin.users.adminHint")} />
      <SwitchItem name="enabled" label={t("admin.users.enabled")} extra={t("admin.users.enabledHint")} />
    </FormDialog>
  );
}
