import { useTranslation } from "react-i18next";
import { useParams } from "react-router";
import { AuditLog } from "../audit/AuditLog";
import { ProjectFrame } from "./ProjectFrame";

export default function ProjectAuditPage() {
  const { t } = useTranslation();
  const { project = "" } = useParams();
  return (
    <ProjectFrame project={project} title={t("admin.rooms.audit")} owners>
      <p className="faint">{t("admin.audit.textProject")}</p>
      <AuditLog only={project} />
    </ProjectFrame>
  );
}
