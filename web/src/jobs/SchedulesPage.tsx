import { PlusOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { lazy } from "react";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";
import { useStays } from "../account/SignedOut";
import { Scene } from "../shell/Scene";
import { ProjectCrumbs } from "../ui/ProjectCrumbs";
import { useAddress } from "../ui/useSearch";
import { JobsNav } from "./JobsNav";
import { useWrites } from "./queries";
import { Schedules } from "./schedules/Schedules";

const NewSchedule = lazy(() => import("./schedules/NewSchedule"));

export default function SchedulesPage() {
  const { t } = useTranslation();
  const { project = "" } = useParams();
  const writes = useWrites(project);
  const stays = useStays(writes);
  const [parameters, change] = useAddress();
  const template = parameters.get("template");
  return (
    <>
      <title>{`${t("jobs.parts.schedules")} · ${project} · ${t("app.name")}`}</title>
      <ProjectCrumbs project={project} here={t("jobs.title")} />
      <div className="heading">
        <h1>{t("jobs.title")}</h1>
        {writes && (
          <Button
            type="primary"
            icon={<PlusOutlined aria-hidden />}
            onClick={() => change(() => new URLSearchParams({ template: "" }))}
          >
            {t("jobs.schedules.make")}
          </Button>
        )}
      </div>
      <JobsNav project={project} />
      <Scene>
        <Schedules project={project} writes={writes} />
      </Scene>
      {stays && template !== null && (
        <Scene waiting={null}>
          <NewSchedule
            project={project}
            template={template}
            close={() => change(() => new URLSearchParams())}
          />
        </Scene>
      )}
    </>
  );
}
