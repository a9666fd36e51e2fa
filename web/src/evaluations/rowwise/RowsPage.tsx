import { useSuspenseQueries, useSuspenseQuery } from "@tanstack/react-query";
import { Empty } from "antd";
import { lazy, useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useParams, useSearchParams } from "react-router";
import { Grid, type GridColumn, type GridLayout } from "../../grid";
import { Scene } from "../../shell/Scene";
import { ProjectCrumbs } from "../../ui/ProjectCrumbs";
import { useSaid } from "../../ui/useSearch";
import { briefOf, nameOf } from "../names";
import { evaluationsQuery, tablesQuery } from "../queries";
import { chosen, type Row, shortId } from "../rows";
import { sidesOf, titleOf } from "./columns";
import { LateMedia as Media } from "./LateMedia";
import { type Compared, useCompared } from "./useCompared";
import "../evaluations.css";

const RowsTools = lazy(() => import("./RowsTools"));
const RowDetail = lazy(() => import("./RowDetail"));
const MOST = 10;
/** So many rows are gone through for the one that an address names. */
const FARTHEST = 5000;

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

interface Props {
  project: string;
  /** The base first. */
  rows: readonly Row[];
  tables: readonly { path: string; columns: readonly { name: string; type: string }[] }[];
  lacking: number;
  names: readonly string[];
  table: string;
  put: (changes: Record<string, string>) => void;
}

function SideBySide({ project, rows, tables, lacking, names, table, put }: Props) {
  const { t } = useTranslation();
  const [parameters] = useSearchParams();
  const [layout, setLayout] = useState<GridLayout>({});
  const by = parameters.get("differ") ?? "";
  const sides = sidesOf(tables.map(({ columns }) => columns));
  const paths = useMemo(() => tables.map(({ path }) => path), [tables]);
  const { source, counts, loaded, complete } = useCompared(project, paths, by);
  const opened = parameters.get("row");
  const at = opened === null ? -1 : indexOf(source, loaded, opened);
  const open = at < 0 ? undefined : source.at(at);
  const looking = opened !== null && at < 0 && !complete && loaded < FARTHEST;
  useEffect(() => {
    if (looking) source.want(loaded, loaded);
  }, [looking, source, loaded]);
  const columns = columnsOf(rows, sides, project, t("evaluations.rows.key"));
  const media = tables.some(({ columns: each }) => each.some(({ type }) => MEDIA.test(type)));
  const show = (index: number): void => {
    const row = source.at(index);
    if (row) put({ row: keyOf(row) });
    source.want(index, index);
  };
  return (
    <>
      <div className="tools evaluations-tools">
        <Scene waiting={null}>
          <RowsTools
            rows={rows}
            names={names}
            table={table}
            by={by}
            sides={sides}
            counts={counts}
            columns={columns}
            layout={layout}
            onLayout={setLayout}
            put={put}
          />
        </Scene>
      </div>
      {lacking > 0 && <p className="faint">{t("evaluations.rows.lacking", { count: lacking, table })}</p>}
      <div className={open ? "rows-split" : undefined}>
        <Grid
          label={t("evaluations.rows.title")}
          columns={columns}
          rows={source}
          keyOf={keyOf}
          rowHeight={media ? 60 : 40}
          layout={layout}
          onLayout={setLayout}
          onOpen={(row) => put({ row: keyOf(row) })}
          empty={t(by ? "evaluations.rows.allSame" : "evaluations.rows.none")}
        />
        {open && (
          <Scene waiting={null}>
            <RowDetail
              project={project}
              row={open}
              rows={rows}
              sides={sides}
              full={parameters.get("full") === "1"}
              put={put}
              {...(at > 0 && { back: () => show(at - 1) })}
              {...(at + 1 < loaded && { next: () => show(at + 1) })}
            />
          </Scene>
        )}
      </div>
      <p className="faint" role="status">
        {t(complete ? "evaluations.rows.shown" : "evaluations.rows.soFar", { number: loaded })}
      </p>
    </>
  );
}

const MEDIA = /image|audio|video|ndarray|media/i;

export const keyOf = ({ id }: Compared): string => String(id);

function indexOf(source: { at(index: number): Compared | undefined }, loaded: number, key: string): number {
  for (let index = 0; index < loaded; index++) {
    const row = source.at(index);
    if (row && keyOf(row) === key) return index;
  }
  return -1;
}

function columnsOf(
  rows: readonly Row[],
  { inputs, outputs }: { inputs: string[]; outputs: string[] },
  project: string,
  key: string,
): GridColumn<Compared>[] {
  return [
    { key: "id", title: key, width: 90, pinned: true, render: ({ id }) => <code>{String(id)}</code> },
    ...inputs.map(
      (name): GridColumn<Compared> => ({
        key: name,
        title: titleOf(name),
        width: 120,
        render: ({ values }) => {
          const having = values.find((each) => each && name in each) ?? {};
          return <Media value={having[name]} size="cell" row={having} column={name} project={project} />;
        },
      }),
    ),
    ...outputs.flatMap((name) =>
      rows.map(
        (row, place): GridColumn<Compared> => ({
          key: `${name}@${shortId(row.id)}`,
          title: `${titleOf(name)} · ${nameOf(row)}`,
          head: (
            <>
              {titleOf(name)} <span className="faint">{briefOf(row)}</span>
            </>
          ),
          width: 170,
          render: ({ values, different }) => {
            const own = values[place];
            if (!own) return <span className="faint">–</span>;
            return (
              <span
                className={different[place]?.includes(name) ? "compared-value differs" : "compared-value"}
              >
                <Media value={own[name]} size="cell" row={own} column={name} project={project} />
              </span>
            );
          },
        }),
      ),
    ),
  ];
}
