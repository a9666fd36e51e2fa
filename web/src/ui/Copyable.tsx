import { CheckOutlined, CopyOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useMessages } from "../shell/messages";
import { copy } from "./clipboard";

/** A button that copies a text, and says so. */
export function CopyButton({ text, label }: { text: string; label: string }) {
  const { t } = useTranslation();
  const message = useMessages();
  const [copied, setCopied] = useState(false);
  const act = async (): Promise<void> => {
    if (!(await copy(text))) {
      message.warning(t("app.notCopied"));
      return;
    }
    setCopied(true);
    setTimeout(() => setCopied(false), 2000);
  };
  return (
    <>
      <Button
        type="text"
        size="small"
        icon={copied ? <CheckOutlined aria-hidden /> : <CopyOutlined aria-hidden />}
        aria-label={label}
        title={label}
        onClick={act}
      />
      <span role="status" className="unseen">
        {copied ? t("app.copied") : ""}
      </span>
    </>
  );
}

/** A text to be typed elsewhere, with a button that copies it. */
export function Command({ text, label }: { text: string; label: string }) {
  return (
    <div className="command">
      <code>{text}</code>
      <CopyButton text={text} label={label} />
    </div>
  );
}
