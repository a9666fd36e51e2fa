import { useTranslation } from "react-i18next";
import { Link as To, useParams } from "react-router";
import { short, versionAddress } from "../../artifacts/kinds";
import { CopyButton } from "../../ui/Copyable";
import { kindOf, type Link } from "./graph";

/** A version by name, with the way to its page where there is one. */
export function VersionLink({ link }: { link: Link }) {
  const { t } = useTranslation();
  const { project } = useParams();
  if (link.hidden) return <span className="faint">{t("models.lineage.hiddenOne")}</span>;
  const where = link.project !== project && (
    <span className="faint"> {t("models.lineage.in", { project: link.project })}</span>
  );
  if (link.seq === null)
    return (
      <>
        {link.name} <code className="faint">{short(link.version)}</code>{" "}
        <CopyButton text={link.version} label={t("steps.copy", { what: short(link.version) })} />{" "}
        <span className="faint">{t("models.lineage.removed")}</span>
        {where}
      </>
    );
  return (
    <>
      <To to={versionAddress({ ...link, kind: kindOf(link) })}>
        {link.name} <span className="faint">v{link.seq}</span>
      </To>
      {link.removed && <span className="faint"> {t("models.lineage.removed")}</span>}
      {where}
    </>
  );
}
