import { useSuspenseQuery } from "@tanstack/react-query";
import { lazy, useState } from "react";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";
import { useMe } from "../account/me";
import { useStays } from "../account/SignedOut";
import { projectQuery } from "../projects/queries";
import { Scene } from "../shell/Scene";
import { ProjectCrumbs } from "../ui/ProjectCrumbs";
import { Time } from "../ui/Time";
import { blocksOf } from "./blocks";
import { Exports } from "./Exports";
import { type Revised, reportQuery } from "./queries";
import { writesIn } from "./writing";
import "./reports.css";

const Reader = lazy(() => import("./Reader"));
const Editing = lazy(() => import("./Editing"));

export default function ReportPage() {
  const { project = "", number = "" } = useParams();
  return <Report key={`${project}/${number}`} project={project} number={Number(number)} />;
}

function Report({ project, number }: { project: string; number: number }) {
  const { t } = useTranslation();
  const me = useMe();
  const { data: house } = useSuspenseQuery(projectQuery(project));
  const { data: found } = useSuspenseQuery(reportQuery(project, number));
  // Taken anew when what somebody else has saved is to be shown.
  const [turn, setTurn] = useState(0);
  const writes = useStays(writesIn(house.value.role, me));
  const { name } = found.value;
  return (
    <div className="report">
      <title>{`${name} · ${project}`}</title>
      <ProjectCrumbs
        project={project}
        above={[{ to: `/projects/${project}/reports`, title: t("reports.title") }]}
        here={name}
      />
      {writes ? (
        <Scene>
          <Editing key={turn} project={project} found={found} anew={() => setTurn(turn + 1)} />
        </Scene>
      ) : (
        <Read project={project} found={found} />
      )}
    </div>
  );
}

function Read({ project, found: { value } }: { project: string; found: Revised }) {
  const { t } = useTranslation();
  const blocks = blocksOf(value.content);
  const sourceOf = () => ({ project });
  return (
    <>
      <div className="heading">
        <h1>{value.name}</h1>
        <Exports name={value.name} blocks={() => blocks} sourceOf={sourceOf} />
      </div>
      <p className="faint">
        <Time at={value.changed_at} words={(when) => t("reports.changed", { who: value.changed_by, when })} />
      </p>
      <Reader blocks={blocks} sourceOf={sourceOf} />
    </>
  );
}
