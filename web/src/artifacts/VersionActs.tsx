import { MoreOutlined } from "@ant-design/icons";
import { Button, Modal } from "antd";
import { useTranslation } from "react-i18next";
import { Dropdown } from "../ui/Dropdown";
import { useRecover, useRemove, useRevert } from "./changing";
import { isLatest, short, type Version } from "./kinds";

/** What is done with one version: made the latest, removed, recovered. */
export default function VersionActs({ version }: { version: Version }) {
  const { t } = useTranslation();
  const removing = useRemove(version);
  const recovering = useRecover(version);
  const reverting = useRevert(version);
  const [modal, holder] = Modal.useModal();
  const shown = short(version.version);
  if (version.removed_at)
    return (
      <Button size="small" loading={recovering.isPending} onClick={() => recovering.mutate(version.version)}>
        {t("artifacts.restore")}
      </Button>
    );
  const sure = (title: string, content: string, okText: string, danger: boolean, act: () => void): void =>
    void modal.confirm({ title, content, okText, okButtonProps: { danger }, onOk: act });
  const remove = (): void =>
    sure(
      t("artifacts.removeSure", { what: shown }),
      t("artifacts.removeOneText"),
      t("artifacts.remove"),
      true,
      () => removing.mutate(version.version),
    );
  const revert = (): void =>
    sure(
      t("artifacts.revertSure", { what: shown }),
      t("artifacts.revertText"),
      t("artifacts.revert"),
      false,
      () => reverting.mutate(version.version),
    );
  const items = [
    ...(isLatest(version) ? [] : [{ key: "revert", label: t("artifacts.revert"), onClick: revert }]),
    { key: "remove", label: t("artifacts.remove"), danger: true, onClick: remove },
  ];
  return (
    <>
      <Dropdown trigger={["click"]} menu={{ items }}>
        <Button
          type="text"
          icon={<MoreOutlined aria-hidden />}
          loading={removing.isPending || reverting.isPending}
          aria-label={t("artifacts.acts", { version: shown })}
        />
      </Dropdown>
      {holder}
    </>
  );
}
