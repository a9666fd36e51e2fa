import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Checkbox, Form, Input } from "antd";
import { useTranslation } from "react-i18next";
import { api, ok } from "../api/client";
import { problemOf } from "../api/fault";
import { useIntention } from "../api/once";
import type { components } from "../api/schema";
import { useMessages } from "../shell/messages";
import { FormDialog } from "../ui/FormDialog";

type NewTemplate = components["schemas"]["NewTemplate"];

interface Typed {
  name: string;
  latest: boolean;
  force: boolean;
}

interface Props {
  project: string;
  source: { job: string } | { of: components["schemas"]["NewJob"] };
  close: () => void;
}

const NAME = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,79}$/;

/** Keeps what a job is made of under a name. */
export default function SaveTemplate({ project, source, close }: Props) {
  const { t } = useTranslation();
  const message = useMessages();
  const asking = useQueryClient();
  const intention = useIntention<NewTemplate>();
  const ofJob = "job" in source;
  const saving = useMutation({
    mutationFn: ({ name, latest, force }: Typed) => {
      const body: NewTemplate = {
        name,
        force: force ?? false,
        latest: ofJob && latest,
        job: ofJob ? source.job : "",
        ...(!ofJob && { of: source.of }),
      };
      const meant = intention.meant(body, () => body);
      return ok(
        api.POST("/api/v1/projects/{project}/templates", {
          ...meant,
          params: { ...meant.params, path: { project } },
        }),
      );
    },
    onSuccess: ({ name }) => {
      message.success(t("jobs.templates.saved", { name }));
      close();
      return asking.invalidateQueries({ queryKey: ["templates", project] });
    },
  });
  return (
    <FormDialog<Typed>
      title={t("jobs.templates.save")}
      okText={t("app.save")}
      acting={saving}
      initial={{ name: "", latest: true, force: false }}
      close={close}
    >
      <Form.Item
        name="name"
        label={t("jobs.templates.name")}
        rules={[
          { required: true, message: t("jobs.templates.nameNeeded") },
          { pattern: NAME, message: t("projects.nameWrong") },
        ]}
      >
        <Input autoFocus maxLength={80} autoComplete="off" spellCheck={false} />
      </Form.Item>
      {ofJob && (
        <Form.Item name="latest" valuePropName="checked">
          <Checkbox>{t("jobs.templates.latest")}</Checkbox>
        </Form.Item>
      )}
      {problemOf(saving.error).code === "conflict" && (
        <Form.Item name="force" valuePropName="checked">
          <Checkbox>{t("jobs.templates.replace")}</Checkbox>
        </Form.Item>
      )}
    </FormDialog>
  );
}
