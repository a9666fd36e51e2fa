import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Button, Form, Input } from "antd";
import { useTranslation } from "react-i18next";
import { api, ok } from "../api/client";
import { useMessages } from "../shell/messages";
import { Trouble } from "../ui/Trouble";
import { longEnough } from "./passwords";

interface Typed {
  old: string;
  fresh: string;
  repeat: string;
}

export default function Password({ name }: { name: string }) {
  const { t } = useTranslation();
  const message = useMessages();
  const asking = useQueryClient();
  const [form] = Form.useForm<Typed>();
  const changing = useMutation({
    mutationFn: ({ old, fresh }: Typed) => ok(api.PUT("/api/v1/me/password", { body: { old, new: fresh } })),
    onSuccess: () => {
      form.resetFields();
      message.success(t("account.changed"));
      return asking.invalidateQueries({ queryKey: ["sessions"] });
    },
  });
  const needed = { required: true, message: t("account.needed") };
  const same = {
    validator: (_: unknown, value: string) =>
      !value || value === form.getFieldValue("fresh")
        ? Promise.resolve()
        : Promise.reject(t("account.differs")),
  };
  return (
    <Form<Typed>
      form={form}
      layout="vertical"
      requiredMark={false}
      onFinish={(typed) => changing.mutate(typed)}
      className="short"
    >
      {/* Lets password managers know whose password changes. */}
      <input type="text" name="username" autoComplete="username" value={name} readOnly hidden />
      <Form.Item name="old" label={t("account.old")} rules={[needed]}>
        <Input.Password autoComplete="current-password" maxLength={256} />
      </Form.Item>
      <Form.Item name="fresh" label={t("account.fresh")} rules={[needed, longEnough(t("account.tooShort"))]}>
        <Input.Password autoComplete="new-password" maxLength={256} />
      </Form.Item>
      <Form.Item name="repeat" label={t("account.repeat")} dependencies={["fresh"]} rules={[needed, same]}>
        <Input.Password autoComplete="new-password" maxLength={256} />
      </Form.Item>
      <Trouble error={changing.error} />
      <Button htmlType="submit" loading={changing.isPending}>
        {t("account.change")}
      </Button>
    </Form>
  );
}
