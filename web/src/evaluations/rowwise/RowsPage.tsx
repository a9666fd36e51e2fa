import { useSuspenseQueries, useSuspenseQuery } from "@tanstack/react-query";
import { Empty } from "antd";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";
import { ProjectCrumbs } from "../../ui/ProjectCrumbs";
import { useSaid } from "../../ui/useSearch";
import { evaluationsQuery, tablesQuery } from "../queries";
import { chosen, type Row } from "../rows";
import { SideBySide } from "./SideBySide";
import "../evaluations.css";

const MOST = 10;

/** Rows of several evaluations side by side, by their keys. */
export default function RowsPage() {
  const { t } = useTranslation();
  const { project = "" } = useParams();
  const [parameters, put] = useSaid();
  const { data: all } = useSuspenseQuery(evaluationsQuery(project));
  const jobs = parameters.get("jobs") ?? "";
  const picked = useMemo(
    () => withBase(chosen(all, jobs.split(",").filter(Boolean)), parameters.get("base")),
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
  return (
    <div className="evaluations-wide">
      <title>{`${t("evaluations.rows.title")} · ${project} · ${t("app.name")}`}</title>
      <ProjectCrumbs
        project={project}
        above={[{ to: home, title: t("project.rooms.evaluations") }]}
        here={t("evaluations.rows.title")}
      />
      <div className="heading">
        <h1>{t("evaluations.rows.title")}</h1>
        <Link to={`${home}/compare?jobs=${jobs}`}>{t("evaluations.rows.metrics")}</Link>
        <Link to={`${home}?selected=${jobs}`}>{t("evaluations.compare.back")}</Link>
      </div>
      {having.length < 2 ? (
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

/** The evaluations, the base first. */
function withBase(rows: Row[], base: string | null): Row[] {
  const first = base === null ? undefined : chosen(rows, [base])[0];
  return (first ? [first, ...rows.filter((row) => row !== first)] : rows).slice(0, MOST);
}
