import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Form, Input, Select } from "antd";
import { useTranslation } from "react-i18next";
import { api, ok } from "../api/client";
import { Fault, problemOf } from "../api/fault";
import { useMessages } from "../shell/messages";
import { FormDialog } from "../ui/FormDialog";
import type { Role } from "./queries";
import { useRoles } from "./roles";

interface Typed {
  user: string;
  role: Role;
}

async function isThere(asked: Parameters<typeof ok>[0]): Promise<boolean> {
  try {
    await ok(asked);
    return true;
  } catch (error) {
    if (problemOf(error).status === 404) return false;
    throw error;
  }
}

export default function AddMember({ project, close }: { project: string; close: () => void }) {
  const { t } = useTranslation();
  const message = useMessages();
  const asking = useQueryClient();
  const roles = useRoles();
  const adding = useMutation({
    mutationFn: async ({ user, role }: Typed) => {
      const params = { path: { project, user } };
      // Whoever is one already keeps his role: it is changed in the list.
      if (await isThere(api.GET("/api/v1/projects/{project}/members/{user}", { params })))
        throw new Fault({ status: 409, code: "conflict", detail: "", hint: "" });
      return ok(api.PUT("/api/v1/projects/{project}/members/{user}", { params, body: { role } }));
    },
    onSuccess: ({ user }) => {
      message.success(t("members.added", { name: user }));
      close();
      return asking.invalidateQueries({ queryKey: ["members", project] });
    },
  });
  return (
    <FormDialog<Typed>
      title={t("members.add")}
      okText={t("members.add")}
      acting={adding}
      initial={{ role: "MAINTAINER" }}
      meant={(typed) => ({ ...typed, user: typed.user.trim() })}
      own={{ conflict: t("members.already") }}
      close={close}
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
    </FormDialog>
  );
}
