import { PushpinFilled } from "@ant-design/icons";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { CopyButton } from "../ui/Copyable";
import { Time } from "../ui/Time";
import { useNow } from "./clock";
import { lasted, lengthOf } from "./length";
import { named, shortHandler, shortId } from "./names";
import { Progress } from "./Progress";
import type { Job } from "./queries";
import { StateWord } from "./states";
import { Tick } from "./Tick";

interface Props {
  job: Job;
  project: string;
  chosen: boolean;
  choose?: (wanted: boolean) => void;
}

export function JobLine({ job, project, chosen, choose }: Props) {
  const { t, i18n } = useTranslation();
  const now = useNow(job.started_at !== null && job.finished_at === null);
  const time = lasted(job, now);
  const model = named(job.model, project, "model");
  const name = shortHandler(job.handler);
  return (
    <tr className={chosen ? "chosen" : undefined}>
      {choose && (
        <td className="tick">
          <Tick label={t("jobs.choose", { name: shortId(job.id) })} ticked={chosen} tick={choose} />
        </td>
      )}
      <td>
        <StateWord state={job.state} />
      </td>
      <td className="what">
        <Link to={`/projects/${project}/jobs/${job.id}`}>{name}</Link>
        {job.pinned && <PushpinFilled className="pin" aria-label={t("jobs.pinned")} />}
        <div className="faint">
          <code>{shortId(job.id)}</code>
          <CopyButton text={job.id} label={t("steps.copy", { what: shortId(job.id) })} />{" "}
          {job.comment && <span className="comment">{job.comment}</span>}
        </div>
      </td>
      <td>
        {model ? <Link to={model.path}>{model.name}</Link> : <span className="faint">–</span>}
        <Datasets job={job} project={project} />
      </td>
      <td>
        <Progress {...job} />
      </td>
      <td>{job.created_by}</td>
      <td>
        <Time at={job.created_at} words={(when) => when} />
      </td>
      <td className="number">{time === undefined ? "–" : lengthOf(time, i18n.language)}</td>
    </tr>
  );
}

function Datasets({ job, project }: { job: Job; project: string }) {
  const { t } = useTranslation();
  const [first, ...others] = job.datasets.map((each) => named(each, project, "dataset"));
  if (!first) return null;
  return (
    <div className="faint">
      <Link to={first.path}>{first.name}</Link>
      {others.length > 0 && ` ${t("jobs.andMore", { number: others.length })}`}
    </div>
  );
}
