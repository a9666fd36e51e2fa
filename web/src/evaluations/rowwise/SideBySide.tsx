import { lazy, useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import { Grid, type GridLayout } from "../../grid";
import { hiddenOf } from "../../grid/layout";
import { Scene } from "../../shell/Scene";
import type { Row } from "../rows";
import { sidesOf } from "./columns";
import { columnsOf } from "./gridColumns";
import { isOfDataset } from "./origins";
import { type Compared, useCompared } from "./useCompared";
import { useFeatures } from "./useFeatures";

const RowsTools = lazy(() => import("./RowsTools"));
const RowDetail = lazy(() => import("./RowDetail"));
/** So many rows are gone through for the one that an address names. */
const FARTHEST = 5000;

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

/** Rows of evaluations beside each other, and one of them in full. */
export function SideBySide({ project, rows, tables, lacking, names, table, put }: Props) {
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
  const sample = source.at(0);
  const features = useFeatures(rows, project, sample !== undefined && isOfDataset(sample.id, table));
  const said = {
    key: t("evaluations.rows.key"),
    feature: (name: string) => t("evaluations.rows.ofDataset", { name }),
  };
  const columns = columnsOf({ project, table, rows, sides, features, said });
  const away = hiddenOf(columns, layout);
  const tall =
    tables.some(({ columns: each }) => each.some(({ type }) => MEDIA.test(type))) ||
    features.some(({ name, media }) => media && !away.has(`dataset:${name}`));
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
          rowHeight={tall ? 60 : 40}
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
              table={table}
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
