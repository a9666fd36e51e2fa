import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Form, Input, Select } from "antd";
import { useTranslation } from "react-i18next";
import { api, ok } from "../../api/client";
import { problemOf } from "../../api/fault";
import { useList } from "../../api/lists";
import { useIntention } from "../../api/once";
import type { components } from "../../api/schema";
import { useMessages } from "../../shell/messages";
import { FormDialog } from "../../ui/FormDialog";
import { Why } from "../../ui/Trouble";
import { templatesQuery } from "../templates/queries";

type Typed = components["schemas"]["NewSchedule"];

const EXAMPLES = ["0 3 * * *", "0 */6 * * *", "30 8 * * 1-5", "0 0 1 * *"] as const;

export default function NewSchedule(properties: { project: string; template: string; close: () => void }) {
  const { project, template, close } = properties;
  const { t } = useTranslation();
  const message = useMessages();
  const asking = useQueryClient();
  const intention = useIntention<Typed>();
  const [form] = Form.useForm<Typed>();
  const { items } = useList(templatesQuery(project));
  const making = useMutation({
    mutationFn: (typed: Typed) => {
      const meant = intention.meant(typed, () => typed);
      return ok(
        api.POST("/api/v1/projects/{project}/schedules", {
          ...meant,
          params: { ...meant.params, path: { project } },
        }),
      );
    },
    onSuccess: ({ name }) => {
      message.success(t("jobs.schedules.made", { name }));
      close();
      return asking.invalidateQueries({ queryKey: ["schedules", project] });
    },
  });
  const problem = problemOf(making.error);
  // The server alone knows whether such times ever come.
  const ofTimes = problem.code === "invalid_spec";
  const needed = [{ required: true, message: t("jobs.order.faults.needed") }];
  return (
    <FormDialog<Typed>
      title={t("jobs.schedules.make")}
      okText={t("app.create")}
      acting={making}
      initial={{
        name: template,
        template: template || items[0]?.name,
        cron: EXAMPLES[0],
        zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
      }}
      onEdit={() => making.error && making.reset()}
      form={form}
      told={ofTimes}
      close={close}
    >
      <Form.Item name="name" label={t("jobs.templates.name")} rules={needed}>
        <Input autoFocus maxLength={80} autoComplete="off" spellCheck={false} />
      </Form.Item>
      <Form.Item name="template" label={t("jobs.schedules.template")} rules={needed}>
        <Select
          showSearch
          options={items.map(({ name }) => ({ value: name, label: name }))}
          notFoundContent={t("jobs.templates.empty")}
        />
      </Form.Item>
      <Form.Item
        name="cron"
        label={t("jobs.schedules.cron")}
        rules={needed}
        extra={t("jobs.schedules.cronHint")}
        {...(ofTimes && { validateStatus: "error", help: <Why error={making.error} /> })}
      >
        <Input maxLength={200} autoComplete="off" spellCheck={false} className="source" />
      </Form.Item>
      <div className="tags">
        {EXAMPLES.map((cron, at) => (
          <button key={cron} type="button" className="tag" onClick={() => form.setFieldsValue({ cron })}>
            {t(`jobs.schedules.examples.${at as 0 | 1 | 2 | 3}`)}
          </button>
        ))}
      </div>
      <Form.Item name="zone" label={t("jobs.schedules.zone")} rules={needed} className="later">
        <Select
          showSearch
          options={["UTC", ...Intl.supportedValuesOf("timeZone")].map((value) => ({ value, label: value }))}
        />
      </Form.Item>
    </FormDialog>
  );
}
