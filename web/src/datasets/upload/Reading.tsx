import { Checkbox, Form, Input, Select } from "antd";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { annotationsIn, type Format, imageFoldersIn } from "./formats";

const DELIMITERS = { "": "usual", ",": "comma", ";": "semicolon", "\t": "tab", "|": "bar" } as const;
const QUOTES = { "": "double", "'": "single" } as const;
const ENCODINGS = ["", "gb18030", "big5", "shift_jis", "euc_kr", "latin-1", "cp1252", "utf-16"];
const CHATS = ["auto", "alpaca", "sharegpt", "messages", "preference", "prompt-completion"];

interface Props {
  format: Format | undefined;
  /** Of the files that were chosen. */
  paths: string[];
}

/** How files of a kind are read: what `swcli dataset build` has options for. */
export function Reading({ format, paths }: Props) {
  switch (format) {
    case "csv":
      return <OfTables />;
    case "json":
      return <OfDocuments />;
    case "llm":
      return <OfChats />;
    case "image":
    case "audio":
    case "video":
      return <OfMedia />;
    case "coco":
      return <OfCoco paths={paths} />;
    default:
      return null;
  }
}

function OfTables() {
  const { t } = useTranslation();
  const delimiters = Object.entries(DELIMITERS).map(([value, name]) => ({
    value,
    label: t(`datasets.upload.delimiters.${name}`),
  }));
  const quotes = Object.entries(QUOTES).map(([value, name]) => ({
    value,
    label: t(`datasets.upload.quotes.${name}`),
  }));
  return (
    <>
      <div className="abreast">
        <Form.Item name="delimiter" label={t("datasets.upload.delimiter")}>
          <Select options={delimiters} />
        </Form.Item>
        <Form.Item name="quotechar" label={t("datasets.upload.quotechar")}>
          <Select options={quotes} />
        </Form.Item>
        <Encoding />
      </div>
      <Ticked name="infer_types">{t("datasets.upload.inferTypes")}</Ticked>
      <Ticked name="skipinitialspace">{t("datasets.upload.skipBlanks")}</Ticked>
      <Ticked name="strict">{t("datasets.upload.strict")}</Ticked>
    </>
  );
}

function OfDocuments() {
  const { t } = useTranslation();
  return (
    <div className="abreast">
      <Form.Item
        name="field_selector"
        label={t("datasets.upload.selector")}
        extra={t("datasets.upload.selectorHint")}
      >
        <Input maxLength={500} spellCheck={false} autoCapitalize="none" />
      </Form.Item>
      <Encoding />
    </div>
  );
}

function OfChats() {
  const { t } = useTranslation();
  const formats = CHATS.map((value) => ({
    value,
    label: value === "auto" ? t("datasets.upload.chatAuto") : value,
  }));
  return (
    <div className="abreast">
      <Form.Item name="llm_format" label={t("datasets.upload.chat")}>
        <Select options={formats} />
      </Form.Item>
      <Encoding />
    </div>
  );
}

function OfMedia() {
  const { t } = useTranslation();
  return <Ticked name="auto_label">{t("datasets.upload.autoLabel")}</Ticked>;
}

function OfCoco({ paths }: { paths: string[] }) {
  const { t } = useTranslation();
  const options = (values: string[]) => values.map((value) => ({ value, label: value }));
  return (
    <>
      <Form.Item
        name="annotations"
        label={t("datasets.upload.annotations")}
        extra={t("datasets.upload.annotationsHint")}
      >
        <Select
          mode="multiple"
          allowClear
          placeholder={t("datasets.upload.annotationsAll")}
          options={options(annotationsIn(paths))}
        />
      </Form.Item>
      <Form.Item name="coco_images" label={t("datasets.upload.imageFolder")}>
        <Select
          allowClear
          placeholder={t("datasets.upload.imageFolderAny")}
          options={options(imageFoldersIn(paths))}
        />
      </Form.Item>
    </>
  );
}

function Encoding() {
  const { t } = useTranslation();
  return (
    <Form.Item name="encoding" label={t("datasets.upload.encoding")}>
      <Select options={ENCODINGS.map((value) => ({ value, label: (value || "utf-8").toUpperCase() }))} />
    </Form.Item>
  );
}

function Ticked({ name, children }: { name: string; children: ReactNode }) {
  return (
    <Form.Item name={name} valuePropName="checked" noStyle>
      <Checkbox className="ticked">{children}</Checkbox>
    </Form.Item>
  );
}
