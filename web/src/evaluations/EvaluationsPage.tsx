import { useSuspenseQuery } from "@tanstack/react-query";
import { Button, Empty } from "antd";
import { lazy, useDeferredValue, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate, useParams } from "react-router";
import { changedAlike, Grid, sourceOf } from "../grid";
import { useLive } from "../jobs/live";
import { Scene } from "../shell/Scene";
import { ProjectCrumbs } from "../ui/ProjectCrumbs";
import { useColumns } from "./columns";
import { matching } from "./matching";
import { evaluationsQuery } from "./queries";
import { chosen, kindsOf, MOST_BESIDE, metricsOf, type Row, shortId } from "./rows";
import { useShown } from "./useShown";
import "./evaluations.css";
import { useAhead } from "../ui/useAhead";
import { said, useSaid } from "../ui/useSearch";

const Toolbar = lazy(() => import("./Toolbar"));

const keyOf = ({ id }: Row): string => id;

/** All evaluations of a project, with all that they have found out. */
export default function EvaluationsPage() {
  const { t } = useTranslation();
  const { project = "" } = useParams();
  const navigate = useNavigate();
  const [parameters, say] = useSaid();
  const { data: rows, isFetching } = useSuspenseQuery(evaluationsQuery(project));
  useLive(project, "", "evaluations");
  const metrics = useMemo(() => metricsOf(rows), [rows]);
  const kinds = useMemo(() => kindsOf(rows, metrics), [rows, metrics]);
  const columns = useColumns(
    project,
    metrics,
    kinds,
    useMemo(() => rows.some(({ job }) => job?.comment), [rows]),
  );
  const state = useShown(project);
  const { shown, show } = state;
  const { search, filters, sort } = useDeferredValue(shown);
  const found = useMemo(() => matching(rows, { search, filters, sort }), [rows, search, filters, sort]);
  const source = useMemo(() => sourceOf(found), [found]);
  const { text: picked, tell: pick } = useAhead(parameters.get("selected") ?? "", (ids) =>
    say({ selected: ids }),
  );
  const selected = useMemo(() => selectedIn(rows, picked), [rows, picked]);
  const select = (ids: ReadonlySet<string>): void => {
    // One that was selected a moment ago, and is still to be shown so, stays.
    const now = selectedIn(rows, said().get("selected") ?? "");
    pick([...changedAlike(now, selected, ids)].map(shortId).join(","));
  };
  const jobs = [...selected].map(shortId).join(",");
  const home = `/projects/${project}/evaluations`;
  return (
    <div className="evaluations-wide">
      <title>{`${t("project.rooms.evaluations")} · ${project} · ${t("app.name")}`}</title>
      <ProjectCrumbs project={project} here={t("project.rooms.evaluations")} />
      <div className="heading">
        <h1>{t("project.rooms.evaluations")}</h1>
        <span className="faint" role="status">
          {t(selected.size > 0 ? "evaluations.countSelected" : "evaluations.count", {
            shown: found.length,
            total: rows.length,
            selected: selected.size,
          })}
          {selected.size > MOST_BESIDE && <> · {t("evaluations.rows.tooMany", { most: MOST_BESIDE })}</>}
        </span>
        <Button
          disabled={selected.size < 2 || selected.size > MOST_BESIDE}
          onClick={() => navigate(`${home}/rows?jobs=${jobs}`)}
        >
          {t("evaluations.rows.open")}
        </Button>
        <Button
          type="primary"
          disabled={selected.size < 2}
          onClick={() => navigate(`${home}/compare?jobs=${jobs}`)}
        >
          {t("evaluations.compare.open")}
        </Button>
      </div>
      <div className="tools evaluations-tools">
        <Scene waiting={null}>
          <Toolbar project={project} rows={rows} columns={columns} kinds={kinds} state={state} />
        </Scene>
      </div>
      <Grid
        label={t("project.rooms.evaluations")}
        columns={columns}
        rows={source}
        keyOf={keyOf}
        sort={shown.sort}
        onSort={(next) => show({ sort: next })}
        selected={selected}
        onSelect={select}
        onOpen={({ id }) => navigate(`${home}/${encodeURIComponent(id)}`)}
        layout={shown.layout}
        onLayout={(layout) => show({ layout })}
        busy={isFetching}
        empty={
          rows.length === 0 ? (
            <Empty description={<strong>{t("evaluations.empty")}</strong>}>
              <p className="faint">{t("evaluations.emptyText")}</p>
            </Empty>
          ) : (
            <Empty description={<strong>{t("evaluations.noneFound")}</strong>}>
              <Button onClick={() => show({ filters: [], search: "" })}>{t("evaluations.showAll")}</Button>
            </Empty>
          )
        }
      />
    </div>
  );
}

function selectedIn(rows: readonly Row[], ids: string): ReadonlySet<string> {
  return new Set(chosen(rows, ids.split(",").filter(Boolean)).map(keyOf));
}
