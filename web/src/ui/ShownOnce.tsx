import { Alert, Button, Modal } from "antd";
import { useTranslation } from "react-i18next";
import { Command } from "./Copyable";

interface Props {
  title: string;
  text: string;
  /** What the button that copies it is called. */
  label: string;
  secret: string;
  close: () => void;
}

/** A secret that is kept nowhere: it goes only when somebody says that he has it. */
export default function ShownOnce({ title, text, label, secret, close }: Props) {
  const { t } = useTranslation();
  return (
    <Modal
      open
      title={title}
      closable={false}
      keyboard={false}
      mask={{ closable: false }}
      footer={
        <Button type="primary" onClick={close}>
          {t("tokens.done")}
        </Button>
      }
    >
      <Alert type="warning" showIcon title={text} className="trouble" />
      <Command text={secret} label={label} />
    </Modal>
  );
}
