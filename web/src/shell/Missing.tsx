import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { Notice } from "./Notice";

/** Nothing is here, or nothing that whoever looks may see: both read the same. */
export function Missing({ hidden = false, detail }: { hidden?: boolean; detail?: string }) {
  const { t } = useTranslation();
  return (
    <Notice title={t("missing.title")} actions={<Link to="/projects">{t("missing.back")}</Link>}>
      <p>{t(hidden ? "missing.hidden" : "missing.text")}</p>
      {detail && (
        <p className="faint" lang="en">
          {detail}
        </p>
      )}
    </Notice>
  );
}
