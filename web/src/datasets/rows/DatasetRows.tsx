import { useQuery, useSuspenseQuery } from "@tanstack/react-query";
import { Empty } from "antd";
import { lazy, Suspense, useCallback, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Version } from "../../artifacts/kinds";
import { ClassNames, categoriesOf } from "../../media/classes";
import { Trouble } from "../../ui/Trouble";
import { useAhead } from "../../ui/useAhead";
import { useAddress } from "../../ui/useSearch";
import { summaryQuery } from "../queries";
import { FilterBar } from "./FilterBar";
import { type Filter, NotAFilter, parseFilter } from "./filter";
import { countQuery } from "./queries";
import { RowTable } from "./RowTable";
import { RowTools } from "./RowTools";
import { parametersOf, type View, viewOf } from "./view";
import "./rows.css";

const RowCards = lazy(() => import("./RowCards"));
const RowDrawer = lazy(() => import("./RowDrawer"));

/** The rows of a version: as a table or as cards, filtered, gone to by number and key, each in full. */
export default function DatasetRows({ version }: { version: Version }) {
  const { t } = useTranslation();
  const { data: summary } = useSuspenseQuery(summaryQuery(version));
  const [parameters, change] = useAddress();
  const view = useMemo(() => viewOf(parameters), [parameters]);
  const show = useCallback(
    (part: Partial<View>) => change((now) => parametersOf({ ...viewOf(now), ...part }, now)),
    [change],
  );
  // Whoever goes from row to row is not kept waiting for the table behind.
  const { text: row, tell: open } = useAhead(view.row, (key) => show({ row: key }));
  // Another object with each jump: who jumps to the same row again has scrolled away from it.
  const [jump, setJump] = useState<{ index: number }>({ index: view.at });
  const goTo = (at: number): void => {
    setJump({ index: at });
    show({ at });
  };
  const { where, wrong } = useMemo(() => meant(view.where), [view.where]);
  const counted = useQuery({ ...countQuery(version, where), enabled: where !== null && !wrong });
  const total = where === null ? summary.rows : (counted.data?.matched ?? 0);
  const counting =
    where !== null &&
    !counted.error &&
    (counted.isPlaceholderData || !counted.data || counted.data.looked_at < counted.data.total);
  const classes = useMemo(() => categoriesOf(summary.info), [summary.info]);
  const shown = { version, where, view, columns: summary.columns, total, show };
  return (
    <ClassNames value={classes}>
      <div className="rowsview">
        <RowTools
          version={version}
          where={where}
          view={view}
          columns={summary.columns}
          show={show}
          goTo={goTo}
          total={counted.error ? null : total}
          all={summary.rows}
          share={
            counting ? (counted.data ? counted.data.looked_at / Math.max(1, counted.data.total) : 0) : null
          }
        />
        <FilterBar
          text={view.where}
          filter={where}
          wrong={wrong}
          columns={summary.columns}
          change={(text) => {
            setJump({ index: 0 });
            show({ where: text, at: 0 });
          }}
        />
        <Trouble error={counted.error} />
        {!wrong &&
          !counted.error &&
          (total === 0 && !counting ? (
            <Nothing filtered={where !== null} />
          ) : view.cards ? (
            <Suspense fallback={<p className="faint">{t("app.loading")}</p>}>
              <RowCards {...shown} goTo={goTo} />
            </Suspense>
          ) : (
            <RowTable {...shown} jump={jump} counting={counting} />
          ))}
        {row && (
          <Suspense fallback={null}>
            <RowDrawer version={version} where={where} keyOf={row} columns={summary.columns} show={open} />
          </Suspense>
        )}
      </div>
    </ClassNames>
  );
}

function meant(text: string): { where: Filter | null; wrong: NotAFilter | null } {
  if (!text.trim()) return { where: null, wrong: null };
  try {
    return { where: parseFilter(text), wrong: null };
  } catch (error) {
    if (error instanceof NotAFilter) return { where: null, wrong: error };
    throw error;
  }
}

function Nothing({ filtered }: { filtered: boolean }) {
  const { t } = useTranslation();
  return (
    <Empty
      className="nothing"
      image={Empty.PRESENTED_IMAGE_SIMPLE}
      description={
        <>
          <strong>{t(filtered ? "rows.noMatch" : "rows.none")}</strong>
          <br />
          {t(filtered ? "rows.noMatchText" : "rows.noneText")}
        </>
      }
    />
  );
}
