import { useTranslation } from "react-i18next";
import { AdminFrame } from "../AdminFrame";
import { AuditLog } from "./AuditLog";
import { Verify } from "./Verify";

export default function AuditPage() {
  const { t } = useTranslation();
  return (
    <AdminFrame room="audit">
      <p className="faint">{t("admin.audit.text")}</p>
      <AuditLog />
      <Verify />
    </AdminFrame>
  );
}
