import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { Notice } from "./Notice";

interface Props {
  hidden?: boolean;
  /** Whether it stands in the place of a part of a page alone. */
  part?: boolean;
  detail?: string;
}

/** Nothing is here, or nothing that whoever looks may see: both read the same. */
export function Missing({ hidden = false, part = false, detail }: Props) {
  const { t } = useTranslation();
  return (
    <Notice part={part} title={t("missing.title")} actions={<Link to="/projects">{t("missing.back")}</Link>}>
      <p>{t(hidden ? "missing.hidden" : "missing.text")}</p>
      {detail && (
        <p className="faint" lang="en">
          {detail}
        </p>
      )}
    </Notice>
  );
}
