import { Breadcrumb } from "antd";
import { lazy } from "react";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";
import { SignedOut, useStays } from "../account/SignedOut";
import { Notice } from "../shell/Notice";
import { Scene } from "../shell/Scene";
import { useWrites } from "./queries";
import "./jobs.css";

const NewJob = lazy(() => import("./new/NewJob"));

export default function NewJobPage() {
  const { t } = useTranslation();
  const { project = "" } = useParams();
  const writes = useStays(useWrites(project));
  const home = <Link to={`/projects/${project}/jobs`}>{t("jobs.title")}</Link>;
  if (!writes)
    return (
      <Notice title={t("jobs.make")} actions={home}>
        <p>{t("jobs.order.onlyLook")}</p>
      </Notice>
    );
  return (
    <>
      <title>{`${t("jobs.make")} · ${project} · ${t("app.name")}`}</title>
      <Breadcrumb
        items={[
          { title: <Link to={`/projects/${project}`}>{project}</Link> },
          { title: home },
          { title: t("jobs.make") },
        ]}
      />
      <h1>{t("jobs.make")}</h1>
      <SignedOut />
      <Scene>
        <NewJob project={project} />
      </Scene>
    </>
  );
}
