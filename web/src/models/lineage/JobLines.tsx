import { useTranslation } from "react-i18next";
import { Link as To, useParams } from "react-router";
import { short } from "../../artifacts/kinds";
import { StateWord } from "../../jobs/states";
import { CopyButton } from "../../ui/Copyable";
import { Time } from "../../ui/Time";
import { shortName } from "../Stages";
import type { LineageJob, Role } from "./graph";
import { VersionLink } from "./VersionLink";
import "../../jobs/jobs.css";

/** Jobs as a list, each with the versions that it had to do with, but for the one that the page is about. */
export function JobLines({ jobs, focus }: { jobs: LineageJob[]; focus: string }) {
  return (
    <ul className="lines">
      {jobs.map((job) => (
        <li key={job.id} className="lineage-job">
          <JobLine job={job} focus={focus} />
        </li>
      ))}
    </ul>
  );
}

export const jobAddress = ({ project, id }: { project: string; id: string }): string =>
  `/projects/${encodeURIComponent(project)}/jobs/${id}`;

/** The list of jobs like one. */
export const jobsAddress = ({ project, handler }: { project: string; handler: string }): string =>
  `/projects/${encodeURIComponent(project)}/jobs?${new URLSearchParams({ handler })}`;

export function JobLine({ job, focus }: { job: LineageJob; focus: string }) {
  const { t } = useTranslation();
  const { project } = useParams();
  const uses = job.uses.filter(({ link }) => link.version !== focus);
  const roles = [...new Set(uses.map(({ role }) => role))];
  const of = (role: Role) => uses.filter((each) => each.role === role);
  return (
    <>
      <div className="what">
        <To to={jobAddress(job)}>
          {shortName(job.handler)} <code className="faint">{short(job.id)}</code>
        </To>
        <CopyButton text={job.id} label={t("steps.copy", { what: short(job.id) })} />
        {job.project !== project && (
          <span className="faint"> {t("models.lineage.in", { project: job.project })}</span>
        )}
        <div className="faint small">
          <Time at={job.created_at} words={(when) => t("artifacts.by", { who: job.created_by, when })} />
        </div>
      </div>
      <dl className="uses">
        {roles.map((role) => (
          <div key={role}>
            <dt>{t(`models.lineage.roles.${role}`)}</dt>
            <dd>
              {of(role).map(({ link }, place) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: those that are hidden have no names
                <span key={place}>
                  <VersionLink link={link} />
                </span>
              ))}
            </dd>
          </div>
        ))}
        {job.more > 0 && <div className="faint">{t("models.lineage.more", { count: job.more })}</div>}
      </dl>
      <StateWord state={job.state} />
    </>
  );
}
