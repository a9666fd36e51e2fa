import { Alert, Button, Form, Input, Radio, Select } from "antd";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { nameFor, tidy } from "./files";
import { FORMATS, guess } from "./formats";
import { Picker } from "./Picker";
import { Reading } from "./Reading";
import type { Wanted } from "./send";
import type { Packed } from "./tar";

export type Chosen = Omit<Wanted, "project">;

interface Props {
  name: string | undefined;
  begin: (files: Packed[], chosen: Chosen) => void;
  /** Something was chosen or typed. */
  edited: () => void;
  close: () => void;
}

/** As the server has it; see `check_name`. */
const NAME = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,79}$/;
const USUAL: Omit<Chosen, "name"> = {
  overwrite: false,
  on_error: "fail",
  message: "",
  tag: [],
  infer_types: true,
  delimiter: "",
  quotechar: "",
  skipinitialspace: false,
  strict: false,
  auto_label: true,
  field_selector: "",
  encoding: "",
  llm_format: "auto",
};

/** Which files, and what is to be made of them. */
export function Options({ name, begin, edited, close }: Props) {
  const { t } = useTranslation();
  const [form] = Form.useForm<Chosen>();
  // As they were taken: which folder holds all of them is seen by all of them.
  const [taken, setTaken] = useState<Packed[]>([]);
  const files = useMemo(() => tidy(taken), [taken]);
  const [missing, setMissing] = useState(false);
  const [found, setFound] = useState<number>();
  const format = Form.useWatch("format", form);
  const show = (chosen: Packed[]): void => {
    const found = guess(tidy(chosen).map(({ path }) => path));
    setTaken(chosen);
    form.resetFields(["format", "annotations", "coco_images"]);
    form.setFieldValue("format", found);
    setMissing(false);
    edited();
  };
  const take = (more: Packed[]): void => {
    if (!name && !form.getFieldValue("name")) form.setFieldValue("name", nameFor(more));
    show([...taken, ...more]);
  };
  const submit = (typed: Partial<Chosen>): void => {
    if (found !== undefined) return;
    if (files.length === 0) setMissing(true);
    else begin(files, { ...typed, name: name ?? typed.name ?? "", tag: typed.tag ?? [] });
  };
  const formats = files.some(({ path }) => /\.zip$/i.test(path)) ? (["auto", ...FORMATS] as const) : FORMATS;
  return (
    <Form<Chosen>
      form={form}
      layout="vertical"
      requiredMark={false}
      initialValues={USUAL}
      onValuesChange={edited}
      onFinish={submit}
      onFinishFailed={() => setMissing(files.length === 0)}
    >
      <Picker files={files} take={take} clear={() => show([])} found={found} setFound={setFound} />
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
      {files.length > 0 && (
        <fieldset className="reading" aria-label={t("datasets.upload.format")}>
          <Form.Item
            name="format"
            label={t("datasets.upload.format")}
            extra={format && t(`datasets.upload.formatHints.${format}`)}
            rules={[{ required: true, message: t("datasets.upload.formatNeeded") }]}
          >
            <Select
              placeholder={t("datasets.upload.formatUnknown")}
              options={formats.map((value) => ({ value, label: t(`datasets.upload.formats.${value}`) }))}
            />
          </Form.Item>
          <Reading format={format} paths={files.map(({ path }) => path)} />
        </fieldset>
      )}
      <Form.Item name="overwrite" label={t("datasets.upload.mode")}>
        <Radio.Group className="choices">
          <Radio value={false}>{t("datasets.upload.patch")}</Radio>
          <Radio value={true}>{t("datasets.upload.overwrite")}</Radio>
        </Radio.Group>
      </Form.Item>
      <Form.Item name="on_error" label={t("datasets.upload.onError")}>
        <Radio.Group className="choices">
          <Radio value="fail">{t("datasets.upload.errors.fail")}</Radio>
          <Radio value="collect">{t("datasets.upload.errors.collect")}</Radio>
        </Radio.Group>
      </Form.Item>
      <div className="abreast">
        <Form.Item name="message" label={t("datasets.upload.message")}>
          <Input maxLength={2000} />
        </Form.Item>
        <Form.Item name="tag" label={t("datasets.upload.tags")}>
          <Select mode="tags" open={false} suffixIcon={null} tokenSeparators={[" ", ","]} maxCount={20} />
        </Form.Item>
      </div>
      <div className="buttons ending">
        <Button onClick={close}>{t("app.cancel")}</Button>
        <Button type="primary" htmlType="submit" loading={found !== undefined}>
          {t("datasets.upload.begin")}
        </Button>
      </div>
    </Form>
  );
}
