import { useSuspenseQuery } from "@tanstack/react-query";
import { Empty } from "antd";
import { lazy, useDeferredValue, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";
import { Grid, type GridColumn, type GridLayout, type SortBy, sourceOf } from "../../grid";
import { layoutOf, sayLayout } from "../../grid/address";
import { Scene } from "../../shell/Scene";
import { copy } from "../../ui/clipboard";
import { ProjectCrumbs } from "../../ui/ProjectCrumbs";
import { useAddress, useSaid } from "../../ui/useSearch";
import { useTitles } from "../columns";
import { briefOf, nameOf } from "../names";
import { ordered } from "../ordering";
import { evaluationsQuery } from "../queries";
import { chosen, type Row, shortId } from "../rows";
import { useShown } from "../useShown";
import { CompareCell, MANNERS } from "./CompareCell";
import { MetricCell } from "./MetricCell";
import { type Line, linesOf } from "./metrics";
import "../../jobs/jobs.css";
import "../evaluations.css";

const CompareTools = lazy(() => import("./CompareTools"));
const Significance = lazy(() => import("./Significance"));

const METRIC = "metric";
/** The layout of all evaluations, which a view keeps, is not that of those beside each other. */
const OWN = "compare.";

/** Evaluations side by side: lines are metrics, columns are evaluations, one of which is the base. */
export default function ComparePage() {
  const { t } = useTranslation();
  const { project = "" } = useParams();
  const [parameters, put] = useSaid();
  const [, change] = useAddress();
  const { data: rows } = useSuspenseQuery(evaluationsQuery(project));
  const state = useShown(project);
  const { directions } = state.shown;
  const jobs = parameters.get("jobs") ?? "";
  const picked = useMemo(() => chosen(rows, jobs.split(",").filter(Boolean)), [rows, jobs]);
  const named = parameters.get("base");
  const base = Math.max(0, named ? picked.indexOf(chosen(picked, [named])[0] as Row) : 0);
  const manner = MANNERS.find((each) => each === parameters.get("as")) ?? "both";
  const different = parameters.get("different") === "1";
  const find = useDeferredValue(parameters.get("find") ?? "");
  const by = parameters.get("by");
  const sort = useMemo<SortBy[]>(
    () => (by ? [{ key: by.replace(/^-/, ""), descending: by.startsWith("-") }] : []),
    [by],
  );
  // The address follows at leisure: whoever moves a column sees it move at once.
  const [layout, arrange] = useState(() => layoutOf(parameters, {}, OWN));
  const setLayout = (next: GridLayout): void => {
    arrange(next);
    change((now) => sayLayout(now, next, OWN));
  };
  const titleOf = useTitles();

  const onDirection = (key: string, higher: boolean | null): void =>
    state.show({ directions: { ...directions, [key]: higher } });

  const lines = useMemo(() => linesOf(picked, base, directions), [picked, base, directions]);
  const found = useMemo(() => {
    const wanted = find.trim().toLowerCase();
    const shown = lines.filter(
      ({ key, differs }) => (differs || !different) && titleOf(key).toLowerCase().includes(wanted),
    );
    return ordered(shown, sort, (line, key) =>
      key === METRIC ? line.key : line.values[picked.findIndex(({ id }) => shortId(id) === key)],
    );
  }, [lines, different, find, sort, titleOf, picked]);
  const source = useMemo(() => sourceOf(found), [found]);
  const columns: GridColumn<Line>[] = [
    {
      key: METRIC,
      title: t("evaluations.compare.metric"),
      width: 230,
      pinned: true,
      sortable: true,
      render: (line) => <MetricCell line={line} title={titleOf(line.key)} onDirection={onDirection} />,
    },
    ...picked.map((row, place): GridColumn<Line> => {
      const key = shortId(row.id);
      return {
        key,
        title: nameOf(row),
        head: <Head row={row} isBase={place === base} />,
        width: 210,
        sortable: true,
        pinned: place === base,
        render: (line) => <CompareCell line={line} place={place} base={base} manner={manner} />,
        acts: [
          { key: "base", label: t("evaluations.compare.makeBase"), act: () => put({ base: key }) },
          { key: "copy", label: t("evaluations.compare.copyId"), act: () => void copy(row.id) },
          {
            key: "remove",
            label: t("evaluations.compare.remove"),
            act: () =>
              put({
                jobs: picked
                  .filter((each) => each !== row)
                  .map(({ id }) => shortId(id))
                  .join(","),
              }),
          },
        ],
      };
    }),
  ];
  const home = `/projects/${project}/evaluations`;
  const reference = base > 0 && picked[base] ? `&base=${shortId(picked[base].id)}` : "";
  return (
    <div className="evaluations-wide">
      <title>{`${t("evaluations.compare.title")} · ${project} · ${t("app.name")}`}</title>
      <ProjectCrumbs
        project={project}
        above={[{ to: home, title: t("project.rooms.evaluations") }]}
        here={t("evaluations.compare.title")}
      />
      <div className="heading">
        <h1>{t("evaluations.compare.title")}</h1>
        <span className="faint" role="status">
          {t("evaluations.compare.count", {
            lines: found.filter(({ fact }) => !fact).length,
            jobs: picked.length,
          })}
        </span>
        {picked.length > 1 && picked.length <= 10 && (
          <Link to={`${home}/rows?jobs=${jobs}${reference}`}>{t("evaluations.rows.open")}</Link>
        )}
        <Link to={`${home}?selected=${jobs}`}>{t("evaluations.compare.back")}</Link>
      </div>
      {picked.length < 2 ? (
        <Empty className="nothing" description={<strong>{t("evaluations.compare.few")}</strong>}>
          <Link to={home}>{t("evaluations.compare.choose")}</Link>
        </Empty>
      ) : (
        <>
          <div className="tools evaluations-tools">
            <Scene waiting={null}>
              <CompareTools
                project={project}
                picked={picked}
                base={base}
                manner={manner}
                different={different}
                find={parameters.get("find") ?? ""}
                state={state}
                put={put}
              />
            </Scene>
          </div>
          <Grid
            label={t("evaluations.compare.title")}
            columns={columns}
            rows={source}
            keyOf={({ key }) => key}
            sort={sort}
            onSort={([first]) => put({ by: first ? (first.descending ? "-" : "") + first.key : "" })}
            layout={layout}
            onLayout={setLayout}
            empty={t(different ? "evaluations.compare.allSame" : "evaluations.compare.noMetrics")}
          />
          <Scene waiting={null}>
            <Significance project={project} picked={picked} base={base} />
          </Scene>
        </>
      )}
    </div>
  );
}

function Head({ row, isBase }: { row: Row; isBase: boolean }) {
  const { t } = useTranslation();
  return (
    <>
      {isBase && <span className="tag info">{t("evaluations.compare.base")}</span>} {briefOf(row)}
    </>
  );
}
