import { Form, Input, Select } from "antd";
import { useTranslation } from "react-i18next";
import { EVENT, EVENTS } from "./hooks";

const EXAMPLE = "https://ci.example.com/starwhale";

/** What is typed of a webhook. */
export function HookFields() {
  const { t } = useTranslation();
  const address = [
    { required: true, message: t("account.needed") },
    {
      // A rule for addresses of the Internet would refuse those of machines next door.
      validator: (_: unknown, typed = "") =>
        typed === "" || (/^https?:/i.test(typed) && URL.canParse(typed))
          ? Promise.resolve()
          : Promise.reject(t("admin.webhooks.urlWrong")),
    },
  ];
  const events = [
    { required: true, message: t("account.needed") },
    {
      validator: (_: unknown, names: string[] = []) =>
        names.every((each) => EVENT.test(each))
          ? Promise.resolve()
          : Promise.reject(t("admin.webhooks.eventWrong")),
    },
  ];
  return (
    <>
      <Form.Item
        name="url"
        label={t("admin.webhooks.url")}
        extra={t("admin.webhooks.urlHint")}
        rules={address}
      >
        <Input type="url" maxLength={2000} autoComplete="off" placeholder={EXAMPLE} />
      </Form.Item>
      <Form.Item
        name="events"
        label={t("admin.webhooks.events")}
        extra={t("admin.webhooks.eventsHint")}
        rules={events}
      >
        <Select mode="tags" maxCount={50} options={EVENTS.map((value) => ({ value, label: value }))} />
      </Form.Item>
      <Form.Item name="description" label={t("projects.description")}>
        <Input maxLength={1000} autoComplete="off" />
      </Form.Item>
    </>
  );
}
