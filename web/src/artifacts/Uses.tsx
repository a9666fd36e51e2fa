import { Modal } from "antd";
import { useTranslation } from "react-i18next";
import { Commands } from "./Commands";
import type { Command } from "./snippets";

/** What to type elsewhere to work with a version. */
export default function Uses({ commands, close }: { commands: Command[]; close: () => void }) {
  const { t } = useTranslation();
  return (
    <Modal open title={t("artifacts.use")} footer={null} onCancel={close}>
      <p className="faint">{t("artifacts.useText")}</p>
      <Commands commands={commands} />
    </Modal>
  );
}
