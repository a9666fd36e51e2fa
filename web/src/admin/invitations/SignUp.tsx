import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Button, Form, Input } from "antd";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { invited } from "../../account/invited";
import { become } from "../../account/me";
import { longEnough } from "../../account/passwords";
import { api, ok } from "../../api/client";
import { Trouble } from "../../ui/Trouble";
import type { Invitation } from "./queries";

interface Typed {
  name: string;
  email: string;
  password: string;
}

/** An account that somebody makes himself; he is signed in with it. */
export default function SignUp({ secret, invitation }: { secret: string; invitation: Invitation }) {
  const { t } = useTranslation();
  const asking = useQueryClient();
  const navigate = useNavigate();
  const { project, email } = invitation;
  const making = useMutation({
    mutationFn: (typed: Typed) => ok(api.POST("/api/v1/invitations/signup", { body: { ...typed, secret } })),
    onSuccess: (user) => {
      invited.write("");
      navigate(project ? `/projects/${encodeURIComponent(project)}` : "/projects", { replace: true });
      become(asking, user);
    },
  });
  const needed = [{ required: true, message: t("account.needed") }];
  return (
    <>
      <Trouble error={making.error} own={{ conflict: t("admin.invited.taken") }} />
      <Form<Typed>
        layout="vertical"
        requiredMark={false}
        initialValues={{ email }}
        onFinish={(typed) => making.mutate(typed)}
      >
        <Form.Item name="name" label={t("login.name")} extra={t("admin.users.nameHint")} rules={needed}>
          <Input autoComplete="username" autoCapitalize="none" maxLength={80} size="large" />
        </Form.Item>
        <Form.Item name="email" label={t("account.email")}>
          <Input type="email" autoComplete="email" maxLength={320} size="large" />
        </Form.Item>
        <Form.Item
          name="password"
          label={t("login.password")}
          extra={t("admin.users.passwordHint")}
          rules={[...needed, longEnough(t("account.tooShort"))]}
        >
          <Input.Password autoComplete="new-password" maxLength={256} size="large" />
        </Form.Item>
        <Button type="primary" htmlType="submit" size="large" block loading={making.isPending}>
          {t("admin.invited.signUp")}
        </Button>
      </Form>
    </>
  );
}
