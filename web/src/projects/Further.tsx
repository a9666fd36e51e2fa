import { EllipsisOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { Dropdown } from "../ui/Dropdown";

/** The way to the pages about a project itself, rather than what is in it. */
export function Further({ project, owner }: { project: string; owner: boolean }) {
  const { t } = useTranslation();
  const home = `/projects/${encodeURIComponent(project)}`;
  const pages = ["trash", ...(owner ? (["webhooks", "audit"] as const) : [])] as const;
  const items = pages.map((each) => ({
    key: each,
    label: <Link to={`${home}/${each}`}>{t(`project.further.${each}`)}</Link>,
  }));
  return (
    <Dropdown menu={{ items }} trigger={["click"]}>
      <Button
        icon={<EllipsisOutlined aria-hidden />}
        aria-label={t("project.furtherTitle")}
        title={t("project.furtherTitle")}
      />
    </Dropdown>
  );
}
