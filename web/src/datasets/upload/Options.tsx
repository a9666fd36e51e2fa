import { Alert, Button, Checkbox, Form, Input, Radio, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { nameFor, tidy } from "./files";
import { Picker } from "./Picker";
import { FORMATS, type Wanted } from "./send";
import type { Packed } from "./tar";

export type Chosen = Omit<Wanted, "project">;

interface Props {
  name: string | undefined;
  begin: (files: Packed[], chosen: Chosen) => void;
  close: () => void;
}

/** As the server has it; see `check_name`. */
const NAME = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,79}$/;
const USUAL: Omit<Chosen, "name"> = {
  format: "auto",
  overwrite: false,
  onError: "fail",
  message: "",
  tags: [],
  inferTypes: true,
  autoLabel: true,
  fieldSelector: "",
};

/** Which files, and what is to be made of them. */
export function Options({ name, begin, close }: Props) {
  const { t } = useTranslation();
  const [form] = Form.useForm<Chosen>();
  const [files, setFiles] = useState<Packed[]>([]);
  const [missing, setMissing] = useState(false);
  const take = (more: Packed[]): void => {
    if (!name && !form.getFieldValue("name")) form.setFieldValue("name", nameFor(more));
    setFiles((known) => tidy([...known, ...tidy(more)]));
    setMissing(false);
  };
  const submit = (typed: Partial<Chosen>): void => {
    if (files.length === 0) setMissing(true);
    else begin(files, { ...USUAL, ...typed, ...(name && { name }), name: name ?? typed.name ?? "" });
  };
  return (
    <Form<Chosen>
      form={form}
      layout="vertical"
      requiredMark={false}
      initialValues={USUAL}
      onFinish={submit}
      onFinishFailed={() => setMissing(files.length === 0)}
    >
      <Picker files={files} take={take} clear={() => setFiles([])} />
      {missing && <Alert type="error" showIcon role="alert" title={t("datasets.upload.filesNeeded")} />}
      {!name && (
        <Form.Item
          name="name"
          label={t("datasets.upload.name")}
          extra={t("datasets.upload.nameHint")}
          rules={[
            { required: true, message: t("datasets.upload.nameNeeded") },
            { pattern: NAME, message: t("datasets.upload.nameWrong") },
          ]}
        >
          <Input maxLength={80} autoCapitalize="none" autoComplete="off" spellCheck={false} />
        </Form.Item>
      )}
      <Form.Item name="format" label={t("datasets.upload.format")}>
        <Select options={FORMATS.map((value) => ({ value, label: t(`datasets.upload.formats.${value}`) }))} />
      </Form.Item>
      <Form.Item name="overwrite" label={t("datasets.upload.mode")}>
        <Radio.Group className="choices">
          <Radio value={false}>{t("datasets.upload.patch")}</Radio>
          <Radio value={true}>{t("datasets.upload.overwrite")}</Radio>
        </Radio.Group>
      </Form.Item>
      <Form.Item name="onError" label={t("datasets.upload.onError")}>
        <Radio.Group className="choices">
          <Radio value="fail">{t("datasets.upload.errors.fail")}</Radio>
          <Radio value="collect">{t("datasets.upload.errors.collect")}</Radio>
        </Radio.Group>
      </Form.Item>
      <Form.Item name="message" label={t("datasets.upload.message")}>
        <Input maxLength={2000} />
      </Form.Item>
      <Form.Item name="tags" label={t("datasets.upload.tags")}>
        <Select mode="tags" open={false} suffixIcon={null} tokenSeparators={[" ", ","]} maxCount={20} />
      </Form.Item>
      <details className="furthermore">
        <summary>{t("datasets.upload.furthermore")}</summary>
        <Form.Item name="inferTypes" valuePropName="checked" noStyle>
          <Checkbox>{t("datasets.upload.inferTypes")}</Checkbox>
        </Form.Item>
        <Form.Item name="autoLabel" valuePropName="checked" noStyle>
          <Checkbox>{t("datasets.upload.autoLabel")}</Checkbox>
        </Form.Item>
        <Form.Item
          name="fieldSelector"
          label={t("datasets.upload.selector")}
          extra={t("datasets.upload.selectorHint")}
        >
          <Input maxLength={500} spellCheck={false} autoCapitalize="none" />
        </Form.Item>
      </details>
      <div className="buttons ending">
        <Button onClick={close}>{t("app.cancel")}</Button>
        <Button type="primary" htmlType="submit">
          {t("datasets.upload.begin")}
        </Button>
      </div>
    </Form>
  );
}
