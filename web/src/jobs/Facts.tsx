import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { exact } from "../i18n/times";
import { CopyButton } from "../ui/Copyable";
import { Comment } from "./Comment";
import { useNow } from "./clock";
import { lasted, lengthOf } from "./length";
import { named, shortId, UNSEEN } from "./names";
import { planOf } from "./plan";
import type { Job } from "./queries";
import { Services } from "./Services";

interface Props {
  job: Job;
  project: string;
  writes: boolean;
  /** The comment that is being written. */
  draft: string | undefined;
  setDraft: (text: string | undefined) => void;
}

export default function Facts({ job, project, writes, draft, setDraft }: Props) {
  const { t, i18n } = useTranslation();
  const plan = planOf(job);
  const at = (time: string | null) => (time ? exact(time, i18n.language) : "–");
  const evaluates = plan.steps.some(({ kind }) => kind === "predict" || kind === "evaluate");
  return (
    <section className="panel" aria-label={t("jobs.facts.title")}>
      <div className="job-facts">
        <dl className="facts">
          <dt>{t("jobs.facts.id")}</dt>
          <dd>
            <code>{shortId(job.id)}</code> <CopyButton text={job.id} label={t("jobs.facts.copyId")} />
          </dd>
          <dt>{t("jobs.facts.handler")}</dt>
          <dd>
            <code>{job.handler}</code>{" "}
            <CopyButton text={job.handler} label={t("steps.copy", { what: job.handler })} />
          </dd>
          <dt>{t("jobs.facts.model")}</dt>
          <dd>
            <Address address={job.model} project={project} kind="model" />
          </dd>
          <dt>{t("jobs.facts.datasets")}</dt>
          <dd>
            <Addresses addresses={job.datasets} project={project} />
            {plan.datasetHead > 0 && (
              <div className="faint">{t("jobs.facts.head", { rows: plan.datasetHead })}</div>
            )}
          </dd>
          {plan.validation.length > 0 && (
            <>
              <dt>{t("jobs.facts.validation")}</dt>
              <dd>
                <Addresses addresses={plan.validation} project={project} />
              </dd>
            </>
          )}
          <dt>{t("jobs.facts.runtime")}</dt>
          <dd>
            {job.runtime === "packaged" ? (
              t("jobs.facts.packaged")
            ) : job.runtime ? (
              <Address address={job.runtime} project={project} kind="runtime" />
            ) : (
              t("jobs.facts.noRuntime")
            )}
          </dd>
          {plan.arguments.length > 0 && (
            <>
              <dt>{t("jobs.facts.arguments")}</dt>
              <dd>
                <code>{plan.arguments.join(" ")}</code>
              </dd>
            </>
          )}
        </dl>
        <dl className="facts">
          <dt>{t("jobs.facts.owner")}</dt>
          <dd>{job.created_by}</dd>
          <dt>{t("jobs.facts.created")}</dt>
          <dd>{at(job.created_at)}</dd>
          <dt>{t("jobs.facts.started")}</dt>
          <dd>{at(job.started_at)}</dd>
          <dt>{t("jobs.facts.finished")}</dt>
          <dd>{at(job.finished_at)}</dd>
          <dt>{t("jobs.facts.lasted")}</dt>
          <dd>
            <Lasted job={job} />
          </dd>
          {job.pool && (
            <>
              <dt>{t("jobs.facts.pool")}</dt>
              <dd>{job.pool}</dd>
            </>
          )}
          <dt>{t("jobs.facts.priority")}</dt>
          <dd>{job.priority}</dd>
          {plan.deadline > 0 && (
            <>
              <dt>{t("jobs.facts.deadline")}</dt>
              <dd>{lengthOf(plan.deadline * 1000, i18n.language)}</dd>
            </>
          )}
          {plan.autoReleaseTime > 0 && (
            <>
              <dt>{t("jobs.facts.release")}</dt>
              <dd>{lengthOf(plan.autoReleaseTime * 1000, i18n.language)}</dd>
            </>
          )}
          {evaluates && !job.removed_at && (
            <>
              <dt>{t("jobs.facts.results")}</dt>
              <dd>
                <Link to={`/projects/${plan.logProject}/evaluations/${job.id}`}>
                  {t("jobs.facts.seeResults")}
                </Link>
              </dd>
            </>
          )}
        </dl>
      </div>
      <Comment job={job} project={project} writes={writes} text={draft} setText={setDraft} />
      {job.services.length > 0 && <Services job={job} project={project} writes={writes} />}
    </section>
  );
}

function Lasted({ job }: { job: Job }) {
  const { i18n } = useTranslation();
  const now = useNow(job.started_at !== null && job.finished_at === null);
  const time = lasted(job, now);
  return <span className="number">{time === undefined ? "–" : lengthOf(time, i18n.language)}</span>;
}

function Addresses({ addresses, project }: { addresses: string[]; project: string }) {
  if (addresses.length === 0) return "–";
  return (
    <ul className="plain">
      {[...new Set(addresses)].map((each) => (
        <li key={each}>
          <Address address={each} project={project} kind="dataset" />
        </li>
      ))}
    </ul>
  );
}

interface AddressProps {
  address: string;
  project: string;
  kind: "dataset" | "model" | "runtime";
}

/** A version of something, with the way to its page. */
function Address({ address, project, kind }: AddressProps) {
  const { t } = useTranslation();
  const found = named(address, project, kind);
  if (address === UNSEEN) return <span className="faint">{t("jobs.facts.hidden")}</span>;
  if (!found) return address ? <code>{address}</code> : "–";
  return (
    <>
      <Link to={found.path}>{found.name}</Link> <code className="faint">{shortId(found.version)}</code>{" "}
      <CopyButton text={address} label={t("jobs.facts.copyOf", { name: found.name })} />
    </>
  );
}
