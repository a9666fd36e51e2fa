import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Button, Form, Input, Popconfirm } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { useMessages } from "../shell/messages";
import { FormDialog } from "../ui/FormDialog";
import { SwitchItem } from "../ui/SwitchItem";
import { change, type ProjectInFull, projectQuery } from "./queries";
import { useRemove } from "./removing";

interface Typed {
  description: string;
  public: boolean;
}

interface Props {
  project: ProjectInFull;
  etag: string;
  close: () => void;
}

export default function Settings({ project, etag, close }: Props) {
  const { t } = useTranslation();
  const message = useMessages();
  const asking = useQueryClient();
  const { name } = project;
  // The form holds what was there when it was opened; so does what it is saved over.
  const [seen] = useState({ project, etag });
  const saving = useMutation({
    mutationFn: (typed: Typed) => change(name, seen.etag, typed),
    onSuccess: (saved) => {
      asking.setQueryData(projectQuery(name).queryKey, saved);
      message.success(t("project.saved"));
      close();
    },
  });
  const removing = useRemove(name);
  // What was typed goes with the project.
  const acting = { ...saving, isPending: saving.isPending || removing.isPending };
  return (
    <FormDialog<Typed>
      title={t("project.settingsTitle", { name })}
      okText={t("app.save")}
      acting={acting}
      initial={{ description: seen.project.description, public: seen.project.public }}
      close={close}
      below={<Remove name={name} removing={removing} />}
    >
      <Form.Item name="description" label={t("projects.description")}>
        <Input.TextArea maxLength={10_000} rows={3} />
      </Form.Item>
      <SwitchItem name="public" label={t("project.public")} extra={t("project.publicHint")} />
    </FormDialog>
  );
}

function Remove({ name, removing }: { name: string; removing: ReturnType<typeof useRemove> }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const gone = (): void => void navigate("/projects");
  return (
    <Popconfirm
      title={t("project.removeSure", { name })}
      description={t("project.removeText")}
      okText={t("project.remove")}
      okButtonProps={{ danger: true }}
      cancelText={t("app.cancel")}
      onConfirm={() => removing.mutate(undefined, { onSuccess: gone })}
    >
      <Button danger loading={removing.isPending}>
        {t("project.remove")}
      </Button>
    </Popconfirm>
  );
}
