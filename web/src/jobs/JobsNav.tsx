import { useTranslation } from "react-i18next";
import { NavLink } from "react-router";
import "./jobs.css";

const PARTS = [
  ["", "all"],
  ["/templates", "templates"],
  ["/schedules", "schedules"],
] as const;

/** The way between jobs, their templates and their schedules. */
export function JobsNav({ project }: { project: string }) {
  const { t } = useTranslation();
  return (
    <nav className="tabs" aria-label={t("jobs.title")}>
      {PARTS.map(([path, part]) => (
        <NavLink key={part} to={`/projects/${project}/jobs${path}`} end>
          {t(`jobs.parts.${part}`)}
        </NavLink>
      ))}
    </nav>
  );
}
