import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Form, Input, Modal, Select } from "antd";
import { useTranslation } from "react-i18next";
import { api, ok } from "../api/client";
import { useMessages } from "../shell/messages";
import { Trouble } from "../ui/Trouble";
import type { Role } from "./queries";
import { useRoles } from "./roles";

interface Typed {
  user: string;
  role: Role;
}

export default function AddMember({ project, close }: { project: string; close: () => void }) {
  const { t } = useTranslation();
  const message = useMessages();
  const asking = useQueryClient();
  const roles = useRoles();
  const [form] = Form.useForm<Typed>();
  const adding = useMutation({
    mutationFn: ({ user, role }: Typed) =>
      ok(
        api.PUT("/api/v1/projects/{project}/members/{user}", {
          params: { path: { project, user } },
          body: { role },
        }),
      ),
    onSuccess: ({ user }) => {
      message.success(t("members.added", { name: user }));
      close();
      return asking.invalidateQueries({ queryKey: ["members", project] });
    },
  });
  return (
    <Modal
      open
      title={t("members.add")}
      okText={t("members.add")}
      cancelText={t("app.cancel")}
      confirmLoading={adding.isPending}
      onOk={form.submit}
      onCancel={close}
    >
      <Form<Typed>
        form={form}
        layout="vertical"
        requiredMark={false}
        initialValues={{ role: "MAINTAINER" }}
        onFinish={(typed) => adding.mutate({ ...typed, user: typed.user.trim() })}
      >
        <Form.Item
          name="user"
          label={t("members.user")}
          rules={[{ required: true, whitespace: true, message: t("members.userNeeded") }]}
        >
          <Input autoFocus maxLength={80} autoCapitalize="none" autoComplete="off" />
        </Form.Item>
        <Form.Item name="role" label={t("members.role")}>
          <Select options={roles} />
        </Form.Item>
        <Trouble error={adding.error} />
      </Form>
    </Modal>
  );
}
