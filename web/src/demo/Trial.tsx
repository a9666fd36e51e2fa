import { useQueries, useSuspenseQueries } from "@tanstack/react-query";
import { Alert, Empty } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { named, shortHandler, shortId } from "../jobs/names";
import { type Job, jobQuery } from "../jobs/queries";
import { StateWord } from "../jobs/states";
import "../jobs/jobs.css";
import { ServerSays, useExplained } from "../ui/Trouble";
import { useAddress } from "../ui/useSearch";
import { withoutTyped } from "./address";
import { Chat } from "./Chat";
import { baseOf, type Model } from "./calling";
import { FormTrial } from "./FormTrial";
import { serviceQuery } from "./queries";
import type { Served, Service } from "./spec";

interface Wanted {
  job: string;
  /** The port of the service; 0 for the first that the job has. */
  port: number;
}

export default function Trial({ project, jobs }: { project: string; jobs: Wanted[] }) {
  const { t } = useTranslation();
  const found = useSuspenseQueries({ queries: jobs.map(({ job }) => jobQuery(project, job)) });
  const served = found.map(({ data }, at) => ({ job: data, port: portOf(data, jobs[at]?.port ?? 0) }));
  const asleep = served.filter(({ job, port }) => job.state !== "RUNNING" || port === 0);
  const awake = served.filter((each) => !asleep.includes(each));
  return (
    <>
      {asleep.map(({ job, port }) => (
        <Alert
          key={job.id}
          type="warning"
          showIcon
          className="trouble demo-asleep"
          title={
            <>
              <Link to={`/projects/${project}/jobs/${job.id}`}>{shortHandler(job.handler)}</Link>{" "}
              <StateWord state={job.state} />
            </>
          }
          description={t(port === 0 ? "demo.noService" : "demo.asleep")}
        />
      ))}
      {awake.length > 0 && <Awake project={project} served={awake} />}
    </>
  );
}

function portOf(job: Job, wanted: number): number {
  const ports = job.services.map(({ port }) => port);
  return ports.includes(wanted) ? wanted : (ports[0] ?? 0);
}

/** Services that run: one that still loads its model, or does not say what it offers, holds up no other. */
function Awake({ project, served }: { project: string; served: { job: Job; port: number }[] }) {
  const { t } = useTranslation();
  const explained = useExplained();
  const asked = useQueries({ queries: served.map(({ job, port }) => serviceQuery(project, job.id, port)) });
  const all = served.map(({ job, port }, at) => {
    const { data, error } = asked[at] ?? {};
    const name = job.comment || data?.title || named(job.model, project, "model")?.name || shortId(job.id);
    return { model: { job: job.id, name, base: baseOf(project, job.id, port) }, service: data, error };
  });
  const ready = all.flatMap(({ model, service }) => (service ? [{ model, service }] : []));
  return (
    <>
      {all.map(({ model: { job, name }, service, error }) => {
        if (service) return null;
        if (!error)
          return (
            <p key={job} role="status" className="faint">
              {name}: {t("demo.starting")}
            </p>
          );
        const { title, detail } = explained(error);
        return (
          <Alert
            key={job}
            type="error"
            showIcon
            className="trouble"
            title={`${name}: ${title}`}
            description={detail && <ServerSays>{detail}</ServerSays>}
          />
        );
      })}
      {ready.length > 0 && (
        <Functions models={ready.map(({ model }) => model)} services={ready.map(({ service }) => service)} />
      )}
    </>
  );
}

/** What all of the models can do. */
function common(services: Service[]): Served[] {
  const [first, ...others] = services;
  return (first?.functions ?? []).filter(({ name, chats }) =>
    others.every((each) => each.functions.some((one) => one.name === name && one.chats === chats)),
  );
}

function Functions({ models, services }: { models: Model[]; services: Service[] }) {
  const { t } = useTranslation();
  const [parameters] = useAddress();
  const functions = common(services);
  const chosen = functions.find(({ name }) => name === parameters.get("function")) ?? functions[0];
  if (!chosen)
    return (
      <Empty className="nothing" description={<strong>{t("demo.undescribed")}</strong>}>
        <p className="faint">{t(models.length > 1 ? "demo.nothingCommon" : "demo.undescribedText")}</p>
      </Empty>
    );
  const addressOf = (name: string): string => {
    const next = withoutTyped(parameters);
    next.set("function", name);
    return `?${next}`;
  };
  return (
    <>
      <nav className="tabs" aria-label={t("demo.functions")}>
        {functions.map(({ name }) => (
          <Link key={name} to={addressOf(name)} aria-current={name === chosen.name ? "page" : undefined}>
            {name}
          </Link>
        ))}
      </nav>
      {chosen.description && <p className="demo-about">{chosen.description}</p>}
      {chosen.chats ? (
        <Chat key={chosen.name} served={chosen} models={models} />
      ) : (
        <FormTrial key={chosen.name} served={chosen} models={models} />
      )}
    </>
  );
}
