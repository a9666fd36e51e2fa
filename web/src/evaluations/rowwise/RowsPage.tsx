import { useSuspenseQueries, useSuspenseQuery } from "@tanstack/react-query";
import { Empty } from "antd";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";
import { ProjectCrumbs } from "../../ui/ProjectCrumbs";
import { useSaid } from "../../ui/useSearch";
import { nameOf } from "../names";
import { evaluationsQuery, tablesQuery } from "../queries";
import { chosen, MOST_BESIDE, type Row } from "../rows";
import { SideBySide } from "./SideBySide";
import "../evaluations.css";

/** Rows of evaluations side by side, by their keys; or those of one, beside what was read. */
export default function RowsPage() {
  const { t } = useTranslation();
  const { project = "" } = useParams();
  const [parameters, put] = useSaid();
  const { data: all } = useSuspenseQuery(evaluationsQuery(project));
  const jobs = parameters.get("jobs") ?? "";
  const picked = useMemo(
    () => withBase(named(all, jobs.split(",").filter(Boolean)), parameters.get("base")),
    [all, jobs, parameters],
  );
  const found = useSuspenseQueries({ queries: picked.map(({ id }) => tablesQuery(project, id)) });
  const names = [
    ...new Set(found.flatMap(({ data }) => data.map(({ path }) => path.split("/").slice(2).join("/")))),
  ];
  const table = parameters.get("table") ?? (names.includes("results") ? "results" : (names[0] ?? "results"));
  const having = picked.flatMap((row, place) => {
    const read = found[place]?.data.find(({ path }) => path === `evaluation/${row.id}/${table}`);
    return read ? [{ row, read }] : [];
  });
  const home = `/projects/${project}/evaluations`;
  const [only, ...others] = picked;
  const alone = only !== undefined && others.length === 0;
  const title = alone ? t("evaluations.rows.ofOne", { name: nameOf(only) }) : t("evaluations.rows.title");
  return (
    <div className="evaluations-wide">
      <title>{`${title} · ${project} · ${t("app.name")}`}</title>
      <ProjectCrumbs
        project={project}
        above={[{ to: home, title: t("project.rooms.evaluations") }]}
        here={title}
      />
      <div className="heading">
        <h1>{title}</h1>
        {alone ? (
          <Link to={`${home}/${encodeURIComponent(only.id)}`}>{t("evaluations.rows.toOne")}</Link>
        ) : (
          <Link to={`${home}/compare?jobs=${jobs}`}>{t("evaluations.rows.metrics")}</Link>
        )}
        <Link to={`${home}?selected=${jobs}`}>{t("evaluations.compare.back")}</Link>
      </div>
      {having.length === 0 ? (
        <Empty className="nothing" description={<strong>{t("evaluations.rows.few")}</strong>}>
          <Link to={home}>{t("evaluations.compare.choose")}</Link>
        </Empty>
      ) : (
        <SideBySide
          key={table}
          project={project}
          rows={having.map(({ row }) => row)}
          tables={having.map(({ read }) => read)}
          lacking={picked.length - having.length}
          names={names}
          table={table}
          put={put}
        />
      )}
    </div>
  );
}

/** The evaluations that ids stand for; one may have logged rows and no summary, and so be in no list. */
function named(rows: readonly Row[], ids: readonly string[]): Row[] {
  const found = ids.flatMap((id) => {
    const known = chosen(rows, [id]);
    return known.length > 0 ? known : [{ id, job: null, summary: {} }];
  });
  return [...new Map(found.map((row) => [row.id, row])).values()];
}

/** The evaluations, the base first. */
function withBase(rows: Row[], base: string | null): Row[] {
  const first = base === null ? undefined : chosen(rows, [base])[0];
  return (first ? [first, ...rows.filter((row) => row !== first)] : rows).slice(0, MOST_BESIDE);
}
