import { ArrowDownOutlined, ArrowUpOutlined, MoreOutlined } from "@ant-design/icons";
import type { TFunction } from "i18next";
import { memo, type PointerEvent, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Placed } from "./layout";
import type { SortBy } from "./types";

interface HeadProps<Row> {
  id: string;
  height: number;
  width: number;
  pinned: readonly Placed<Row>[];
  loose: readonly Placed<Row>[];
  /** Place of the head that the keys are at; -1 elsewhere. */
  active: number;
  sort: readonly SortBy[];
  /** Undefined where rows cannot be selected. */
  all: "none" | "some" | "all" | undefined;
  boxWidth: number;
  onAll: () => void;
  onSort: (key: string, more: boolean) => void;
  onMenu: (key: string, beside: Element) => void;
  onResize: (event: PointerEvent<HTMLElement>, key: string, width: number) => void;
  onDrag: (event: PointerEvent<HTMLElement>, key: string) => void;
}

function HeadOf<Row>(properties: HeadProps<Row>) {
  const { t } = useTranslation();
  const { id, height, width, pinned, loose, all, boxWidth, active, sort } = properties;
  const cell = (placed: Placed<Row>): ReactNode => (
    <HeadCell
      key={placed.column.key}
      {...properties}
      t={t}
      id={`${id}-head-${placed.place}`}
      placed={placed}
      colindex={placed.place + (all ? 2 : 1)}
      current={active === placed.place}
      sorted={sort.findIndex(({ key }) => key === placed.column.key)}
    />
  );
  return (
    <div role="row" aria-rowindex={1} className="head" style={{ height, width }}>
      {all && (
        <div role="columnheader" aria-colindex={1} className="cell box pinned" style={{ width: boxWidth }}>
          <input
            type="checkbox"
            tabIndex={-1}
            aria-label={t("grid.selectAll")}
            checked={all === "all"}
            ref={(box) => {
              if (box) box.indeterminate = all === "some";
            }}
            onChange={properties.onAll}
          />
        </div>
      )}
      {pinned.map(cell)}
      {loose.map(cell)}
    </div>
  );
}

export const GridHead = memo(HeadOf) as typeof HeadOf;

interface CellProps<Row> extends HeadProps<Row> {
  t: TFunction;
  placed: Placed<Row>;
  colindex: number;
  current: boolean;
  sorted: number;
}

function HeadCell<Row>({ id, placed, colindex, current, sort, sorted, t, ...does }: CellProps<Row>) {
  const { column, left, width } = placed;
  const by = sort[sorted];
  const classes = ["cell", column.align ?? "left"];
  if (placed.pinned) classes.push("pinned");
  if (current) classes.push("active");
  if (column.sortable) classes.push("sortable");
  return (
    <div
      id={id}
      role="columnheader"
      aria-colindex={colindex}
      {...(column.sortable && { "aria-sort": by ? (by.descending ? "descending" : "ascending") : "none" })}
      data-key={column.key}
      className={classes.join(" ")}
      style={{ left, width }}
      title={column.title}
    >
      {/* biome-ignore lint/a11y/noStaticElementInteractions: its keys are those of the grid */}
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: as above */}
      <span
        className="title"
        onPointerDown={(event) => does.onDrag(event, column.key)}
        onClick={(event) => column.sortable && does.onSort(column.key, event.shiftKey)}
      >
        <span className="words">{column.head ?? column.title}</span>
        {by && (
          <span className="sorted" aria-hidden>
            {by.descending ? <ArrowDownOutlined /> : <ArrowUpOutlined />}
            {sort.length > 1 && sorted + 1}
          </span>
        )}
      </span>
      <button
        type="button"
        tabIndex={-1}
        className="menu"
        aria-label={t("grid.menuOf", { title: column.title })}
        aria-haspopup="menu"
        onClick={(event) => does.onMenu(column.key, event.currentTarget)}
      >
        <MoreOutlined aria-hidden />
      </button>
      <span className="edge" aria-hidden onPointerDown={(event) => does.onResize(event, column.key, width)} />
    </div>
  );
}
