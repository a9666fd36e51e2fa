import { lazy } from "react";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";
import { shortId } from "../jobs/names";
import { Scene } from "../shell/Scene";
import { ProjectCrumbs } from "../ui/ProjectCrumbs";
import "./demo.css";
import { useAddress } from "../ui/useSearch";

const Trial = lazy(() => import("./Trial"));

/** Trying out the model that one job serves. */
export default function DemoPage() {
  const { t } = useTranslation();
  const { project = "", job = "" } = useParams();
  const [parameters] = useAddress();
  const port = Number(parameters.get("port") ?? 0);
  return (
    <>
      <title>{`${t("demo.title")} · ${project} · ${t("app.name")}`}</title>
      <ProjectCrumbs
        project={project}
        above={[
          { to: `/projects/${project}/jobs`, title: t("project.rooms.jobs") },
          { to: `/projects/${project}/jobs/${job}`, title: shortId(job) },
        ]}
        here={t("demo.title")}
      />
      <div className="heading">
        <h1>{t("demo.title")}</h1>
        <Link to={`/projects/${project}/demo?jobs=${job}`}>{t("demo.compare")}</Link>
      </div>
      <Scene>
        <Trial project={project} jobs={[{ job, port }]} />
      </Scene>
    </>
  );
}
