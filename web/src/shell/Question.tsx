import { Modal } from "antd";
import { useTranslation } from "react-i18next";

/** Whether what is not saved may be lost. */
export default function Question({ answer }: { answer: (may: boolean) => void }) {
  const { t } = useTranslation();
  return (
    <Modal
      open
      width={440}
      title={t("leaving.title")}
      okText={t("leaving.leave")}
      okButtonProps={{ danger: true }}
      cancelText={t("leaving.stay")}
      onOk={() => answer(true)}
      onCancel={() => answer(false)}
    >
      <p>{t("leaving.text")}</p>
    </Modal>
  );
}
