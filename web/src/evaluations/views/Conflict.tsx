import { Button, Modal } from "antd";
import { useTranslation } from "react-i18next";
import type { View } from "../queries";

interface Props {
  theirs: View;
  saving: boolean;
  keep: () => void;
  discard: () => void;
  close: () => void;
}

/** Somebody else has saved the same view meanwhile: who saves decides. */
export default function Conflict({ theirs, saving, keep, discard, close }: Props) {
  const { t } = useTranslation();
  return (
    <Modal
      open
      title={t("evaluations.views.outdated")}
      onCancel={close}
      footer={
        <>
          <Button onClick={discard}>{t("evaluations.views.takeTheirs")}</Button>
          <Button type="primary" loading={saving} onClick={keep}>
            {t("evaluations.views.keepMine")}
          </Button>
        </>
      }
    >
      <p>{t("evaluations.views.outdatedText", { who: theirs.changed_by, name: theirs.name })}</p>
    </Modal>
  );
}
