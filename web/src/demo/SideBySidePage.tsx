import { lazy } from "react";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";
import { Scene } from "../shell/Scene";
import { ProjectCrumbs } from "../ui/ProjectCrumbs";
import "./demo.css";
import { useSaid } from "../ui/useSearch";

const Trial = lazy(() => import("./Trial"));
const Chosen = lazy(() => import("./Chosen"));

/** Models that are tried out at once. */
const MOST = 4;

/** Trying out several models with the same input. */
export default function SideBySidePage() {
  const { t } = useTranslation();
  const { project = "" } = useParams();
  const [parameters, say] = useSaid();
  const jobs = [...new Set((parameters.get("jobs") ?? "").split(",").filter(Boolean))].slice(0, MOST);
  const choose = (wanted: string[]): void => say({ jobs: wanted.slice(0, MOST).join(",") });
  return (
    <>
      <title>{`${t("demo.sideBySide")} · ${project} · ${t("app.name")}`}</title>
      <ProjectCrumbs project={project} here={t("demo.sideBySide")} />
      <h1>{t("demo.sideBySide")}</h1>
      <Scene>
        <Chosen project={project} jobs={jobs} choose={choose} most={MOST} />
      </Scene>
      {jobs.length > 0 && (
        <Scene of={jobs.join(",")}>
          <Trial project={project} jobs={jobs.map((job) => ({ job, port: 0 }))} />
        </Scene>
      )}
    </>
  );
}
