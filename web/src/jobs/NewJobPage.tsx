import { lazy } from "react";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";
import { SignedOut, useStays } from "../account/SignedOut";
import { Notice } from "../shell/Notice";
import { Scene } from "../shell/Scene";
import { ProjectCrumbs } from "../ui/ProjectCrumbs";
import { useWrites } from "./queries";
import "./jobs.css";

const NewJob = lazy(() => import("./new/NewJob"));

export default function NewJobPage() {
  const { t } = useTranslation();
  const { project = "" } = useParams();
  const writes = useStays(useWrites(project));
  const home = `/projects/${project}/jobs`;
  if (!writes)
    return (
      <Notice title={t("jobs.make")} actions={<Link to={home}>{t("jobs.title")}</Link>}>
        <p>{t("jobs.order.onlyLook")}</p>
      </Notice>
    );
  return (
    <>
      <title>{`${t("jobs.make")} · ${project} · ${t("app.name")}`}</title>
      <ProjectCrumbs project={project} above={[{ to: home, title: t("jobs.title") }]} here={t("jobs.make")} />
      <div className="heading">
        <h1>{t("jobs.make")}</h1>
      </div>
      <SignedOut />
      <Scene>
        <NewJob project={project} />
      </Scene>
    </>
  );
}
