import { Button, Popconfirm } from "antd";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { useRemove } from "./changing";
import { type Kind, listAddress } from "./kinds";

/** Puts a package with all its versions into the trash. */
export default function RemovePackage({
  kind,
  project,
  name,
}: {
  kind: Kind;
  project: string;
  name: string;
}) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const removing = useRemove({ kind, project, name });
  const gone = (): void => void navigate(listAddress({ kind, project }));
  return (
    <Popconfirm
      title={t("artifacts.removeSure", { what: name })}
      description={t("artifacts.removeText")}
      okText={t("artifacts.remove")}
      okButtonProps={{ danger: true }}
      cancelText={t("app.cancel")}
      onConfirm={() => removing.mutate(undefined, { onSuccess: gone })}
    >
      <Button danger loading={removing.isPending}>
        {t("artifacts.remove")}
      </Button>
    </Popconfirm>
  );
}
