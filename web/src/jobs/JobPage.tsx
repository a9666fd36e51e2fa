import { useSuspenseQuery } from "@tanstack/react-query";
import { Alert } from "antd";
import { lazy, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";
import { useStays } from "../account/SignedOut";
import { Scene } from "../shell/Scene";
import { tabAddress } from "../ui/address";
import { CopyButton } from "../ui/Copyable";
import { ProjectCrumbs } from "../ui/ProjectCrumbs";
import { Tag } from "../ui/Tag";
import { useLive } from "./live";
import { shortHandler, shortId } from "./names";
import { type Job, jobQuery, useWrites } from "./queries";
import { StateWord } from "./states";
import { useDraft } from "./useDraft";
import "./jobs.css";
import "./job.css";
import { useAddress } from "../ui/useSearch";

const Actions = lazy(() => import("./Actions"));
const Facts = lazy(() => import("./Facts"));
const InTrash = lazy(() => import("./InTrash"));
const Overview = lazy(() => import("./Overview"));
const Log = lazy(() => import("./log/Log"));
const Resources = lazy(() => import("./use/Resources"));
const Events = lazy(() => import("./Events"));
const Shell = lazy(() => import("./Shell"));

const TABS = ["overview", "log", "resources", "events", "shell"] as const;
type Tab = (typeof TABS)[number];

export default function JobPage() {
  const { project = "", job = "" } = useParams();
  return <Shown key={`${project}/${job}`} project={project} id={job} />;
}

function Shown({ project, id }: { project: string; id: string }) {
  const { t } = useTranslation();
  const [parameters] = useAddress();
  const { data: job } = useSuspenseQuery(jobQuery(project, id));
  const gone = job.removed_at !== null;
  const mayWrite = useWrites(project);
  const writes = mayWrite && !gone;
  useLive(project, job.id);
  const remark = useDraft(job);
  const enters = useStays(writes && job.debug);
  const tabs = gone ? TABS.slice(0, 1) : TABS.filter((each) => each !== "shell" || enters);
  const tab = tabs.find((each) => each === parameters.get("tab")) ?? "overview";
  const name = shortHandler(job.handler);
  return (
    <>
      <title>{`${name} ${shortId(job.id)} · ${t("jobs.title")} · ${t("app.name")}`}</title>
      <ProjectCrumbs
        project={project}
        above={[{ to: `/projects/${project}/jobs`, title: t("jobs.title") }]}
        here={shortId(job.id)}
      />
      <div className="heading job-heading">
        <h1>
          {name} <CopyButton text={location.href.split("?")[0] ?? ""} label={t("jobs.copyAddress")} />
        </h1>
        <span className="tags">
          <span className="tag">
            <StateWord state={job.state} />
          </span>
          {gone && <Tag>{t("jobs.inTrash")}</Tag>}
          {job.pinned && <Tag tone="info">{t("jobs.pinned")}</Tag>}
          {job.debug && <Tag>{t("jobs.debug")}</Tag>}
        </span>
        {writes && (
          <Scene waiting={null}>
            <Actions job={job} project={project} />
          </Scene>
        )}
      </div>
      {gone && (
        <Scene waiting={null}>
          <InTrash job={job} project={project} writes={mayWrite} />
        </Scene>
      )}
      <Cause job={job} />
      {tabs.length > 1 && <Tabs tabs={tabs} tab={tab} />}
      <Content {...{ job, project, writes, tab, remark }} shell={tabs.includes("shell")} />
    </>
  );
}

interface ContentProps {
  job: Job;
  project: string;
  writes: boolean;
  tab: Tab;
  remark: ReturnType<typeof useDraft>;
  /** Whether there may be a terminal. */
  shell: boolean;
}

function Content({ job, project, writes, tab, remark, shell }: ContentProps) {
  // A terminal that was looked at stays while others are: its program would end with it.
  const [entered, enter] = useState(false);
  if (tab === "shell" && !entered) enter(true);
  return (
    <>
      <Scene key={tab}>
        {tab === "overview" && (
          <>
            <Facts job={job} project={project} writes={writes} {...remark} />
            <Overview job={job} />
          </>
        )}
        {tab === "log" && <Log job={job} project={project} />}
        {tab === "resources" && <Resources job={job} project={project} />}
        {tab === "events" && <Events job={job} project={project} />}
      </Scene>
      {entered && shell && (
        <div hidden={tab !== "shell"}>
          <Scene>
            <Shell job={job} project={project} />
          </Scene>
        </div>
      )}
    </>
  );
}

/** Why the job is as it is, where that is worth a word. */
function Cause({ job }: { job: Job }) {
  const { t } = useTranslation();
  if (!job.cause) return null;
  const bad = job.state === "FAIL" || job.state === "UNKNOWN";
  return (
    <Alert
      type={bad ? "error" : "info"}
      showIcon
      className="trouble job-cause"
      title={bad ? t(job.state === "FAIL" ? "jobs.whyFailed" : "jobs.whyLost") : undefined}
      description={<span lang="en">{job.cause}</span>}
    />
  );
}

function Tabs({ tabs, tab }: { tabs: Tab[]; tab: Tab }) {
  const { t } = useTranslation();
  const [parameters] = useAddress();
  return (
    <nav className="tabs" aria-label={t("jobs.tabs.title")}>
      {tabs.map((each) => (
        <Link
          key={each}
          to={tabAddress(parameters, each, "overview")}
          aria-current={each === tab ? "page" : undefined}
        >
          {t(`jobs.tabs.${each}`)}
        </Link>
      ))}
    </nav>
  );
}
