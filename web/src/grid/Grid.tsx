import { type ReactNode, useEffect, useId, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Trouble } from "../ui/Trouble";
import { GridHead } from "./GridHead";
import { GridRow } from "./GridRow";
import { HeadMenu } from "./HeadMenu";
import { WIDTH } from "./layout";
import type { GridLayout, GridProps, SortBy } from "./types";
import { useActs } from "./useActs";
import { useDragging } from "./useDragging";
import { useSelecting } from "./useSelecting";
import { useViewport } from "./useViewport";
import "./grid.css";

const HEAD = 40;
const BOX = 40;
const NO_SORT: readonly SortBy[] = [];

/** Rows and columns of any number, of which only those on the screen are drawn. */
export function Grid<Row>(properties: GridProps<Row>) {
  const { t } = useTranslation();
  const { label, columns, rows, sort = NO_SORT, onSort = ignore, rowHeight = 36, height, busy } = properties;
  const id = useId();
  const box = useRef<HTMLDivElement>(null);
  const [own, setOwn] = useState<GridLayout>({});
  const { layout = own, onLayout = setOwn } = properties;
  const selecting = useSelecting(properties);
  const boxWidth = selecting.on ? BOX : 0;
  const dragging = useDragging(box, columns, layout, onLayout, boxWidth);
  const { arranged } = dragging;
  const viewport = useViewport(box, { total: rows.total, rowHeight, headHeight: HEAD }, arranged);
  const { first, last, firstColumn, lastColumn, shift } = viewport;
  const acts = useActs({ id, box, properties, arranged, layout, setLayout: onLayout, viewport, selecting });
  const { at, menu } = acts;
  const loose = useMemo(
    () => arranged.loose.slice(firstColumn, lastColumn + 1),
    [arranged, firstColumn, lastColumn],
  );
  useEffect(() => {
    if (last >= first) rows.want(first, last);
  }, [rows, first, last]);

  const { reveal } = properties;
  const measured = viewport.page > 1;
  const go = useRef(acts.go);
  go.current = acts.go;
  useEffect(() => {
    if (reveal && measured) go.current({ row: reveal.index, place: 0 });
  }, [reveal, measured]);

  const cells = { id, width: arranged.width, pinned: arranged.pinned, loose, boxWidth };
  const line = (index: number): ReactNode => {
    const row = rows.at(index);
    return (
      <GridRow
        key={index}
        {...cells}
        index={index}
        row={row}
        top={index * rowHeight - shift}
        height={rowHeight}
        active={at.row === index ? at.place : -1}
        selected={selecting.has(row, index)}
        t={t}
      />
    );
  };
  return (
    <div
      className="grid"
      style={height ? { height } : undefined}
      data-few={height === undefined || undefined}
    >
      <Trouble error={rows.error} />
      <div
        ref={box}
        role="grid"
        tabIndex={0}
        aria-label={label}
        aria-rowcount={rows.total + 1}
        aria-colcount={arranged.shown.length + (selecting.on ? 1 : 0)}
        aria-multiselectable={selecting.on || undefined}
        aria-busy={busy}
        aria-activedescendant={acts.activeId}
        className="frame"
        onKeyDown={acts.onKeyDown}
        onClick={acts.onClick}
        onDoubleClick={acts.onDoubleClick}
      >
        <GridHead
          {...cells}
          height={HEAD}
          active={at.row < 0 ? at.place : -1}
          sort={sort}
          all={selecting.state}
          onAll={selecting.all}
          onSort={acts.sortBy}
          onMenu={acts.openMenu}
          onResize={dragging.resize}
          onDrag={dragging.drag}
        />
        <div role="rowgroup" className="rows" style={{ height: viewport.height, width: arranged.width }}>
          {Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => line(first + index))}
        </div>
        {dragging.mark !== undefined && <div className="mark" style={{ left: dragging.mark }} />}
      </div>
      {rows.total === 0 && !rows.error && <div className="none">{properties.empty ?? t("grid.empty")}</div>}
      {menu && (
        <HeadMenu
          at={menu}
          columns={columns}
          layout={layout}
          width={arranged.shown.find(({ column }) => column.key === menu.key)?.width ?? WIDTH.usual}
          sort={sort}
          onLayout={onLayout}
          onSort={onSort}
          close={acts.closeMenu}
        />
      )}
    </div>
  );
}

function ignore(): void {}
