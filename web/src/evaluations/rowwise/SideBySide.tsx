import { lazy, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { Grid, type GridLayout } from "../../grid";
import { layoutOf, sayLayout } from "../../grid/address";
import { hiddenOf } from "../../grid/layout";
import { Scene } from "../../shell/Scene";
import { useAddress } from "../../ui/useSearch";
import { nameOf } from "../names";
import type { Row } from "../rows";
import type { Compared, Question } from "./asking";
import { sidesOf } from "./columns";
import { columnsOf } from "./gridColumns";
import { isOfDataset } from "./origins";
import { useCompared } from "./useCompared";
import { useFeatures } from "./useFeatures";
import { useOpened } from "./useOpened";

const RowsTools = lazy(() => import("./RowsTools"));
const Missing = lazy(() => import("./Missing"));
const RowDetail = lazy(() => import("./RowDetail"));

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
  const { t, i18n } = useTranslation();
  const [parameters, change] = useAddress();
  // The address follows at leisure: whoever ticks a column sees it ticked at once.
  const [layout, arrange] = useState(() => layoutOf(parameters));
  const setLayout = (next: GridLayout): void => {
    arrange(next);
    change((now) => sayLayout(now, next));
  };
  // One alone differs from nothing.
  const saidOf = (name: string): string => (rows.length > 1 ? (parameters.get(name) ?? "") : "");
  const by = saidOf("differ");
  const sides = sidesOf(tables.map(({ columns }) => columns));
  const largest = saidOf("largest");
  const question: Question = {
    project,
    tables: tables.map(({ path }) => path),
    by,
    largest,
    outputs: sides.outputs,
  };
  const found = useCompared(question);
  const { source, counts, loaded, complete, numbered } = found;
  const show = (row: string): void => put({ row });
  const { opened, missing } = useOpened(question, found, parameters.get("row"), show);
  const at = opened?.at;
  const reveal = useMemo(() => (at === undefined ? undefined : { index: at }), [at]);
  const sample = source.at(0);
  const features = useFeatures(rows, project, sample !== undefined && isOfDataset(sample.id, table));
  const said = {
    key: t("evaluations.rows.key"),
    feature: (name: string) => t("evaluations.rows.ofDataset", { name }),
    open: (key: string) => t("evaluations.rows.show", { key }),
  };
  const columns = columnsOf({ project, table, rows, sides, features, said, open: show });
  const away = hiddenOf(columns, layout);
  const tall =
    tables.some(({ columns: each }) => each.some(({ type }) => MEDIA.test(type))) ||
    features.some(({ name, media }) => media && !away.has(`dataset:${name}`));
  return (
    <>
      <div className="tools evaluations-tools">
        <Scene waiting={null}>
          <RowsTools
            rows={rows}
            names={names}
            table={table}
            by={by}
            largest={largest}
            numbered={numbered}
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
      {missing && (
        <Scene waiting={null}>
          <Missing row={parameters.get("row") ?? ""} part={by !== ""} put={put} />
        </Scene>
      )}
      <div className={opened ? "rows-split" : undefined}>
        <Grid
          key={`${table} ${by} ${largest}`}
          label={
            rows[1] || !rows[0]
              ? t("evaluations.rows.title")
              : t("evaluations.rows.ofOne", { name: nameOf(rows[0]) })
          }
          columns={columns}
          rows={source}
          keyOf={keyOf}
          rowHeight={tall ? 60 : 40}
          layout={layout}
          onLayout={setLayout}
          reveal={reveal}
          onOpen={(row) => show(keyOf(row))}
          empty={t(by ? "evaluations.rows.allSame" : "evaluations.rows.none")}
        />
        {opened && (
          <Scene waiting={null}>
            <RowDetail
              project={project}
              row={opened.row}
              rows={rows}
              table={table}
              sides={sides}
              full={parameters.get("full") === "1"}
              read={parameters.get("read") ?? ""}
              put={put}
              {...(opened.back && { back: opened.back })}
              {...(opened.next && { next: opened.next })}
            />
          </Scene>
        )}
      </div>
      <p className="faint" role="status">
        {t(complete ? "evaluations.rows.shown" : "evaluations.rows.soFar", {
          number: new Intl.NumberFormat(i18n.language).format(loaded),
        })}
      </p>
    </>
  );
}

const MEDIA = /image|audio|video|ndarray|media/i;

const keyOf = ({ id }: Compared): string => String(id);
