import { SettingOutlined } from "@ant-design/icons";
import { useSuspenseQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { lazy, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";
import { useMe } from "../account/me";
import { useRights } from "../artifacts/queries";
import { day, exact } from "../i18n/times";
import { page } from "../shell/page";
import { Scene } from "../shell/Scene";
import { Breadcrumb } from "../ui/Breadcrumb";
import { CopyButton } from "../ui/Copyable";
import { Tag } from "../ui/Tag";
import { Counts } from "./Counts";
import { FirstSteps } from "./FirstSteps";
import { Further } from "./Further";
import { owns, projectQuery } from "./queries";
import { Readme } from "./Readme";

const Invitations = page(["admin"], () => import("../admin/invitations/Invitations"));
const Members = lazy(() => import("./Members"));
const Settings = lazy(() => import("./Settings"));

export default function ProjectPage() {
  const { project = "" } = useParams();
  return <Overview key={project} name={project} />;
}

function Overview({ name }: { name: string }) {
  const { t, i18n } = useTranslation();
  const me = useMe();
  const [changing, setChanging] = useState(false);
  const { data } = useSuspenseQuery(projectQuery(name));
  const { value: project, etag } = data;
  const owner = owns(project, me);
  const { writes } = useRights(name);
  return (
    <>
      <title>{`${project.name} · ${t("app.name")}`}</title>
      <Breadcrumb
        items={[{ title: <Link to="/projects">{t("projects.title")}</Link> }, { title: project.name }]}
      />
      <div className="heading">
        <h1>
          {project.name}{" "}
          <CopyButton text={`${location.origin}/projects/${project.name}`} label={t("project.copyAddress")} />
        </h1>
        <span className="tags">
          {project.public && <Tag tone="good">{t("projects.public")}</Tag>}
          {project.role && <Tag>{t(`roles.${project.role}`)}</Tag>}
        </span>
        {(owner || project.role) && <Further project={project.name} owner={owner} />}
        {owner && (
          <Button icon={<SettingOutlined aria-hidden />} onClick={() => setChanging(true)}>
            {t("project.settings")}
          </Button>
        )}
      </div>
      {project.description && <p className="lead">{project.description}</p>}
      <p className="faint">
        <time dateTime={project.created_at} title={exact(project.created_at, i18n.language)}>
          {t("project.by", { who: project.created_by, when: day(project.created_at, i18n.language) })}
        </time>
      </p>
      <Counts counts={project.counts} />
      <div className="columns">
        <div>
          <Readme project={project} etag={etag} owner={owner} />
        </div>
        <div>
          <FirstSteps project={project.name} user={me?.name} writes={writes} />
          {(project.role !== null || me?.admin) && (
            <Scene>
              <Members project={project.name} owner={owner} />
            </Scene>
          )}
          {owner && (
            <Scene>
              <Invitations project={project.name} />
            </Scene>
          )}
        </div>
      </div>
      {changing && (
        <Scene waiting={null}>
          <Settings project={project} etag={etag} close={() => setChanging(false)} />
        </Scene>
      )}
    </>
  );
}
