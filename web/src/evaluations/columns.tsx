import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { Kind } from "../filtering/filter";
import type { GridColumn } from "../grid";
import { exact, relative } from "../i18n/times";
import { lengthOf } from "../jobs/length";
import { named, UNSEEN } from "../jobs/names";
import { StateWord } from "../jobs/states";
import { once } from "./once";
import { FIXED, type Fixed, type Row, read, shortId } from "./rows";
import { Value } from "./Value";
import "../jobs/jobs.css";

const WIDTHS: Record<Fixed, number> = {
  "job:id": 150,
  "job:comment": 120,
  "job:state": 116,
  "job:model": 116,
  "job:datasets": 120,
  "job:runtime": 120,
  "job:handler": 170,
  "job:who": 96,
  "job:when": 116,
  "job:length": 116,
  "job:rows": 100,
};
const HIDDEN = new Set<Fixed>(["job:runtime", "job:handler", "job:rows"]);
const METRIC = 132;

const exactly = once(exact);
const ago = once<string>(relative, 30_000);
const lasting = once(lengthOf);

/** The name of a column, as people read it. */
export function useTitles(): (key: string) => string {
  const { t } = useTranslation();
  return useMemo(() => {
    const titles = new Map<string, string>(
      FIXED.map((key) => [key, t(`evaluations.columns.${key.slice(4) as "id"}`)] as const),
    );
    return (key) => titles.get(key) ?? key.replaceAll("/", " / ");
  }, [t]);
}

/** The columns of the grid: what is known of every job, then what the summaries say. */
export function useColumns(
  project: string,
  metrics: readonly string[],
  kinds: ReadonlyMap<string, Kind>,
  commented: boolean,
): GridColumn<Row>[] {
  const titleOf = useTitles();
  return useMemo(
    () => [
      ...FIXED.map(
        (key): GridColumn<Row> => ({
          key,
          title: titleOf(key),
          width: WIDTHS[key],
          sortable: true,
          pinned: key === "job:id",
          hidden: HIDDEN.has(key) || (key === "job:comment" && !commented),
          align: kinds.get(key) === "number" ? "right" : "left",
          render: (row) => <Fact project={project} row={row} name={key} />,
          ...(key === "job:id" && { copied: ({ id }: Row) => id }),
        }),
      ),
      ...metrics.map(
        (key): GridColumn<Row> => ({
          key,
          title: titleOf(key),
          width: METRIC,
          sortable: true,
          align: kinds.get(key) === "number" ? "right" : "left",
          render: ({ summary }) => <Value value={summary[key]} />,
        }),
      ),
    ],
    [project, metrics, kinds, commented, titleOf],
  );
}

interface FactProps {
  project: string;
  row: Row;
  name: Fixed;
}

function Fact({ project, row, name }: FactProps) {
  const { i18n } = useTranslation();
  const { id, job } = row;
  if (name === "job:id")
    return (
      <Link to={`/projects/${project}/evaluations/${encodeURIComponent(id)}`} title={id}>
        <code>{shortId(id)}</code>
      </Link>
    );
  if (!job) return null;
  switch (name) {
    case "job:state":
      return <StateWord state={job.state} />;
    case "job:model":
      return <Named address={job.model} project={project} kind="model" />;
    case "job:runtime":
      return <Named address={job.runtime} project={project} kind="runtime" />;
    case "job:datasets":
      return (
        <span>
          {[...new Set(job.datasets)].map((each, index) => (
            <span key={each}>
              {index > 0 && ", "}
              <Named address={each} project={project} kind="dataset" />
            </span>
          ))}
        </span>
      );
    case "job:when":
      return (
        <time dateTime={job.created_at} title={exactly(job.created_at, i18n.language)}>
          {ago(job.created_at, i18n.language)}
        </time>
      );
    case "job:length": {
      const seconds = read(row, name);
      return typeof seconds === "number" ? <span>{lasting(seconds * 1000, i18n.language)}</span> : null;
    }
    case "job:rows":
      return <span>{job.done.toLocaleString(i18n.language)}</span>;
    default: {
      const text = String(read(row, name) ?? "");
      return <span title={text}>{text}</span>;
    }
  }
}

function Named({
  address,
  project,
  kind,
}: {
  address: string;
  project: string;
  kind: "model" | "dataset" | "runtime";
}) {
  const { t } = useTranslation();
  const found = named(address, project, kind);
  if (address === UNSEEN) return <span className="faint">{t("evaluations.hidden")}</span>;
  if (!found) return address ? <span title={address}>{address}</span> : null;
  return (
    <Link to={found.path} title={`${found.name}/version/${found.version}`}>
      {found.name}
    </Link>
  );
}
