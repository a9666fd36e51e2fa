import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Button, Form, Input } from "antd";
import { useTranslation } from "react-i18next";
import { Trouble } from "../ui/Trouble";
import { signIn } from "./me";

interface Typed {
  name: string;
  password: string;
}

/** Name and password; whatever stands around it sees that somebody has come in. */
export default function SignInForm() {
  const { t } = useTranslation();
  const asking = useQueryClient();
  const entering = useMutation({ mutationFn: (typed: Typed) => signIn(asking, typed) });
  const name = [{ required: true, message: t("login.nameNeeded") }];
  const password = [{ required: true, message: t("login.passwordNeeded") }];
  return (
    <>
      <Trouble error={entering.error} own={{ unauthorized: t("login.wrong") }} />
      <Form<Typed> layout="vertical" requiredMark={false} onFinish={(typed) => entering.mutate(typed)}>
        <Form.Item name="name" label={t("login.name")} rules={name}>
          <Input autoComplete="username" autoCapitalize="none" maxLength={80} size="large" />
        </Form.Item>
        <Form.Item name="password" label={t("login.password")} rules={password}>
          <Input.Password autoComplete="current-password" maxLength={256} size="large" />
        </Form.Item>
        <Button type="primary" htmlType="submit" size="large" block loading={entering.isPending}>
          {t("login.submit")}
        </Button>
      </Form>
    </>
  );
}
