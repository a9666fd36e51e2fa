import { Button } from "antd";
import { lazy, type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { Scene } from "../shell/Scene";
import { Tag } from "../ui/Tag";
import { Time } from "../ui/Time";
import { Counts } from "./Counts";
import type { Project } from "./queries";
import { useRecover } from "./removing";

const PurgeProject = lazy(() => import("./PurgeProject"));

export function ProjectCard({ project }: { project: Project }) {
  const { t } = useTranslation();
  const { name, description, removed_at: removed, role } = project;
  return (
    <li className="card panel">
      <div className="heading">
        <h2>{removed ? name : <Link to={`/projects/${encodeURIComponent(name)}`}>{name}</Link>}</h2>
        <span className="tags">
          {project.public && <Tag tone="good">{t("projects.public")}</Tag>}
          {role && <Tag>{t(`roles.${role}`)}</Tag>}
        </span>
      </div>
      <p className="faint lead">{description}</p>
      <Counts counts={project.counts} />
      {removed ? (
        <Removed name={name}>
          <Time at={removed} words={(when) => t("projects.removed", { when })} />
        </Removed>
      ) : (
        <div className="faint">
          <Time at={project.changed_at} words={(when) => t("projects.changed", { when })} />
        </div>
      )}
    </li>
  );
}

function Removed({ name, children }: { name: string; children: ReactNode }) {
  const { t } = useTranslation();
  const recovering = useRecover(name);
  const [purging, setPurging] = useState(false);
  return (
    <>
      <div className="faint">{children}</div>
      <div className="buttons">
        <Button size="small" loading={recovering.isPending} onClick={() => recovering.mutate()}>
          {t("projects.recover")}
        </Button>
        <Button size="small" danger onClick={() => setPurging(true)}>
          {t("projects.purge")}
        </Button>
      </div>
      {purging && (
        <Scene waiting={null}>
          <PurgeProject name={name} close={() => setPurging(false)} />
        </Scene>
      )}
    </>
  );
}
