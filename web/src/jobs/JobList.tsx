import { useSuspenseQuery } from "@tanstack/react-query";
import { Button, Empty } from "antd";
import { lazy, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate } from "react-router";
import { Scene } from "../shell/Scene";
import { JobLine } from "./JobLine";
import { jobsQuery } from "./queries";
import { Tick } from "./Tick";
import { isNarrow, PAGE, type Sort, type View, WHOLE } from "./view";

const Bulk = lazy(() => import("./Bulk"));

interface Props {
  project: string;
  view: View;
  show: (part: Partial<View>) => void;
  writes: boolean;
}

const COLUMNS: [
  name: "state" | "job" | "model" | "progress" | "owner" | "created" | "lasted",
  Sort | null,
][] = [
  ["state", "state"],
  ["job", "handler"],
  ["model", null],
  ["progress", null],
  ["owner", "owner"],
  ["created", "created"],
  ["lasted", null],
];

export function JobList({ project, view, show, writes }: Props) {
  const { t } = useTranslation();
  const { data, isFetching } = useSuspenseQuery(jobsQuery(project, view));
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  if (data.items.length === 0) return <Nothing project={project} view={view} show={show} writes={writes} />;
  const selected = data.items.filter((job) => chosen.has(job.id));
  const choose = (ids: string[], wanted: boolean): void => {
    const next = new Set(chosen);
    for (const id of ids) wanted ? next.add(id) : next.delete(id);
    setChosen(next);
  };
  return (
    <>
      {selected.length > 0 && (
        <Scene waiting={null}>
          <Bulk project={project} jobs={selected} trash={view.trash} done={() => setChosen(new Set())} />
        </Scene>
      )}
      <div className="jobs-scroll">
        <table className="jobs-table" aria-busy={isFetching}>
          <thead>
            <tr>
              {writes && (
                <th scope="col" className="tick">
                  <Tick
                    label={t("jobs.chooseAll")}
                    ticked={selected.length === data.items.length}
                    some={selected.length > 0}
                    tick={(wanted) =>
                      choose(
                        data.items.map(({ id }) => id),
                        wanted,
                      )
                    }
                  />
                </th>
              )}
              {COLUMNS.map(([name, sort]) => (
                <Column key={name} name={name} sort={sort} view={view} show={show} />
              ))}
            </tr>
          </thead>
          <tbody>
            {data.items.map((job) => (
              <JobLine
                key={job.id}
                job={job}
                project={project}
                chosen={chosen.has(job.id)}
                {...(writes && { choose: (wanted: boolean) => choose([job.id], wanted) })}
              />
            ))}
          </tbody>
        </table>
      </div>
      <Pages view={view} show={show} total={data.total} shown={data.items.length} next={data.next ?? null} />
    </>
  );
}

interface ColumnProps {
  name: (typeof COLUMNS)[number][0];
  sort: Sort | null;
  view: View;
  show: (part: Partial<View>) => void;
}

/** A heading that orders by its column: one way, the other, and as usual again. */
function Column({ name, sort, view, show }: ColumnProps) {
  const { t } = useTranslation();
  const title = t(`jobs.columns.${name}`);
  if (!sort) return <th scope="col">{title}</th>;
  const mine = view.sort === sort;
  const turn = (): void => {
    if (!mine) show({ sort, descending: sort === "created" });
    else if (view.descending === (sort === "created")) show({ descending: !view.descending });
    else show({ sort: null, descending: false });
  };
  const order = view.descending ? "descending" : "ascending";
  return (
    <th scope="col" aria-sort={mine ? order : "none"}>
      <button type="button" onClick={turn}>
        {title}
        <span aria-hidden>{mine ? (view.descending ? " ↓" : " ↑") : ""}</span>
      </button>
    </th>
  );
}

interface PagesProps {
  view: View;
  show: (part: Partial<View>) => void;
  total: number;
  shown: number;
  next: string | null;
}

function Pages({ view, show, total, shown, next }: PagesProps) {
  const { t } = useTranslation();
  const { trail } = view;
  const before = trail.length * PAGE;
  return (
    <nav className="more" aria-label={t("jobs.pages.title")}>
      {trail.length > 0 && (
        <Button onClick={() => show({ trail: trail.slice(0, -1) })}>{t("jobs.pages.back")}</Button>
      )}
      <span className="faint" role="status">
        {t("jobs.pages.shown", { first: before + 1, last: before + shown, total })}
      </span>
      {next && <Button onClick={() => show({ trail: [...trail, next] })}>{t("jobs.pages.next")}</Button>}
    </nav>
  );
}

function Nothing({ project, view, show, writes }: Props) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const narrow = isNarrow(view) || view.trail.length > 0;
  const kind = narrow ? "found" : view.trash ? "trash" : "all";
  return (
    <Empty className="nothing" description={<strong>{t(`jobs.empty.${kind}`)}</strong>}>
      {narrow ? (
        <Button onClick={() => show({ ...WHOLE, trash: view.trash })}>{t("jobs.filters.clear")}</Button>
      ) : view.trash ? (
        <p className="faint">{t("jobs.empty.trashText")}</p>
      ) : (
        <>
          <p className="faint">{t("jobs.empty.allText")}</p>
          {writes ? (
            <Button type="primary" onClick={() => navigate(`/projects/${project}/jobs/new`)}>
              {t("jobs.make")}
            </Button>
          ) : (
            <Link to={`/projects/${project}`}>{t("project.rooms.overview")}</Link>
          )}
        </>
      )}
    </Empty>
  );
}
