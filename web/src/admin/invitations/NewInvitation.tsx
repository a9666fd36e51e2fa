import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Form, Input, Select } from "antd";
import { useTranslation } from "react-i18next";
import { api, ok } from "../../api/client";
import { useIntention } from "../../api/once";
import { useRoles } from "../../projects/roles";
import { FormDialog } from "../../ui/FormDialog";
import ShownOnce from "../../ui/ShownOnce";
import type { Minted, Wanted } from "./queries";

/** Makes a link, and shows it once. */
export default function NewInvitation({ project, close }: { project: string; close: () => void }) {
  const { t } = useTranslation();
  const asking = useQueryClient();
  const intention = useIntention<Wanted>();
  const roles = useRoles();
  const making = useMutation({
    mutationFn: (typed: Wanted): Promise<Minted> => {
      const { params, body } = intention.meant(typed, () => typed);
      return ok(
        project
          ? api.POST("/api/v1/projects/{project}/invitations", {
              params: { ...params, path: { project } },
              body,
            })
          : api.POST("/api/v1/invitations", { params, body: { email: body.email } }),
      );
    },
    onSuccess: () => {
      intention.done();
      return asking.invalidateQueries({ queryKey: ["invitations", project] });
    },
  });
  if (making.data)
    return (
      <ShownOnce
        title={t("admin.invitations.made")}
        text={t("admin.invitations.madeText")}
        label={t("admin.invitations.link")}
        secret={`${location.origin}${making.data.path}`}
        close={close}
      />
    );
  return (
    <FormDialog<Wanted>
      title={t("admin.invitations.make")}
      okText={t("app.create")}
      acting={making}
      initial={{ email: "", role: "MAINTAINER" }}
      close={close}
    >
      <Form.Item name="email" label={t("account.email")} extra={t("admin.invitations.emailHint")}>
        <Input type="email" autoFocus maxLength={320} autoComplete="off" />
      </Form.Item>
      {project && (
        <Form.Item name="role" label={t("members.role")}>
          <Select options={roles} />
        </Form.Item>
      )}
    </FormDialog>
  );
}
