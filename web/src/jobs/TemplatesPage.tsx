import { useTranslation } from "react-i18next";
import { useParams } from "react-router";
import { Scene } from "../shell/Scene";
import { ProjectCrumbs } from "../ui/ProjectCrumbs";
import { JobsNav } from "./JobsNav";
import { useWrites } from "./queries";
import { Templates } from "./templates/Templates";

export default function TemplatesPage() {
  const { t } = useTranslation();
  const { project = "" } = useParams();
  const writes = useWrites(project);
  return (
    <>
      <title>{`${t("jobs.parts.templates")} · ${project} · ${t("app.name")}`}</title>
      <ProjectCrumbs project={project} here={t("jobs.title")} />
      <h1>{t("jobs.title")}</h1>
      <JobsNav project={project} />
      <Scene>
        <Templates project={project} writes={writes} />
      </Scene>
    </>
  );
}
