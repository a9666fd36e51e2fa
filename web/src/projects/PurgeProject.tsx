import { Input, Modal } from "antd";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { usePurge } from "./removing";

/** Asks for the name before what cannot be undone. */
export default function PurgeProject({ name, close }: { name: string; close: () => void }) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState("");
  const purging = usePurge(name);
  const field = useId();
  return (
    <Modal
      open
      title={t("projects.purgeSure", { name })}
      okText={t("projects.purge")}
      okButtonProps={{ danger: true, disabled: typed !== name }}
      cancelText={t("app.cancel")}
      confirmLoading={purging.isPending}
      onOk={() => purging.mutate(undefined, { onSuccess: close })}
      onCancel={close}
    >
      <p>{t("projects.purgeText")}</p>
      <label htmlFor={field}>{t("projects.purgeType")}</label>
      <Input
        id={field}
        autoFocus
        autoComplete="off"
        value={typed}
        onChange={({ target }) => setTyped(target.value)}
      />
    </Modal>
  );
}
