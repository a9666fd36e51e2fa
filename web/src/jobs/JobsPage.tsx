import { PlusOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { lazy, useDeferredValue } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate, useParams } from "react-router";
import { Scene } from "../shell/Scene";
import { ProjectCrumbs } from "../ui/ProjectCrumbs";
import { useAddress } from "../ui/useSearch";
import { JobList } from "./JobList";
import { JobsNav } from "./JobsNav";
import { useLive } from "./live";
import { useWrites } from "./queries";
import { parametersOf, type View, viewOf } from "./view";

const Filters = lazy(() => import("./Filters"));

export default function JobsPage() {
  const { t } = useTranslation();
  const { project = "" } = useParams();
  const [parameters, change] = useAddress();
  const navigate = useNavigate();
  const writes = useWrites(project);
  useLive(project);
  const view = viewOf(parameters);
  // While others are looked for, those that are shown stay.
  const shown = useDeferredValue(view);
  const show = (part: Partial<View>): void =>
    change((now) => parametersOf({ ...viewOf(now), trail: [], ...part }), { push: Boolean(part.trail) });
  return (
    <>
      <title>{`${t("jobs.title")} · ${project} · ${t("app.name")}`}</title>
      <ProjectCrumbs project={project} here={t("jobs.title")} />
      <div className="heading">
        <h1>{t("jobs.title")}</h1>
        {writes && (
          <Button
            type="primary"
            icon={<PlusOutlined aria-hidden />}
            onClick={() => navigate(`/projects/${project}/jobs/new`)}
          >
            {t("jobs.make")}
          </Button>
        )}
      </div>
      <JobsNav project={project} />
      <Scene waiting={<div className="tools jobs-filters" />}>
        <Filters view={view} show={show} project={project} />
      </Scene>
      <Scene of={String(parametersOf(view))}>
        <JobList project={project} view={shown} show={show} writes={writes} />
      </Scene>
    </>
  );
}
