import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Alert, Button, Form, Input, Modal, Radio, Select } from "antd";
import { useTranslation } from "react-i18next";
import { api, ok } from "../api/client";
import { useIntention } from "../api/once";
import { ProjectSelect } from "../projects/ProjectSelect";
import { Command } from "../ui/Copyable";
import { FormDialog } from "../ui/FormDialog";
import { endOf, type Rights, SCOPES, scopesOf } from "./scopes";

interface Typed {
  name: string;
  rights: Rights;
  scopes?: string[];
  project?: string;
  days: number;
}

const DAYS = [7, 30, 90];
const YEAR = 365;
const BEGIN: Partial<Typed> = { rights: "all", days: 90 };

function bodyOf({ name, rights, scopes = [], project = "", days }: Typed) {
  return { name, scopes: scopesOf(rights, scopes), project, expires_at: endOf(days) };
}

/** Makes a token, and shows it once. */
export default function NewToken({ close }: { close: () => void }) {
  const { t } = useTranslation();
  const asking = useQueryClient();
  const intention = useIntention<ReturnType<typeof bodyOf>>();
  const making = useMutation({
    mutationFn: (typed: Typed) =>
      ok(
        api.POST(
          "/api/v1/me/tokens",
          intention.meant(typed, () => bodyOf(typed)),
        ),
      ),
    onSuccess: () => {
      intention.done();
      return asking.invalidateQueries({ queryKey: ["tokens"] });
    },
  });
  if (making.data)
    return (
      <Modal
        open
        title={t("tokens.made")}
        closable={false}
        footer={
          <Button type="primary" onClick={close}>
            {t("tokens.done")}
          </Button>
        }
      >
        <Alert type="warning" showIcon title={t("tokens.madeText")} className="trouble" />
        <Command text={making.data.token} label={t("tokens.secret")} />
      </Modal>
    );
  return (
    <FormDialog<Typed>
      title={t("tokens.make")}
      okText={t("app.create")}
      acting={making}
      initial={BEGIN}
      close={close}
    >
      <Fields />
    </FormDialog>
  );
}

function Fields() {
  const { t } = useTranslation();
  const rights = Form.useWatch<Rights>("rights");
  const days = [
    ...DAYS.map((count) => ({ value: count, label: t("tokens.days", { count }) })),
    { value: YEAR, label: t("tokens.year") },
    { value: 0, label: t("tokens.never") },
  ];
  const chosen = [{ required: true, message: t("tokens.chooseHint") }];
  return (
    <>
      <Form.Item
        name="name"
        label={t("tokens.name")}
        extra={t("tokens.nameHint")}
        rules={[{ required: true, whitespace: true, message: t("account.needed") }]}
      >
        <Input maxLength={80} autoFocus />
      </Form.Item>
      <Form.Item name="rights" label={t("tokens.rights")}>
        <Radio.Group aria-label={t("tokens.rights")} className="choices">
          <Radio value="all">{t("tokens.all")}</Radio>
          <Radio value="reading">{t("tokens.reading")}</Radio>
          <Radio value="chosen">{t("tokens.chosen")}</Radio>
        </Radio.Group>
      </Form.Item>
      {rights === "chosen" && (
        <Form.Item name="scopes" label={t("tokens.choose")} rules={chosen}>
          <Select mode="multiple" options={SCOPES.map((value) => ({ value, label: value }))} />
        </Form.Item>
      )}
      <Form.Item name="project" label={t("tokens.project")}>
        <ProjectSelect placeholder={t("tokens.anyProject")} />
      </Form.Item>
      <Form.Item name="days" label={t("tokens.expiry")}>
        <Select options={days} />
      </Form.Item>
    </>
  );
}
