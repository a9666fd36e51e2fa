import type { TFunction } from "i18next";
import { memo, type ReactNode, useLayoutEffect, useRef } from "react";
import { CopyButton } from "../ui/Copyable";
import type { Placed } from "./layout";
import type { GridColumn } from "./types";

export interface RowProps<Row> {
  id: string;
  index: number;
  row: Row | undefined;
  top: number;
  height: number;
  width: number;
  pinned: readonly Placed<Row>[];
  loose: readonly Placed<Row>[];
  /** Place of the cell that the keys are at; -1 elsewhere. */
  active: number;
  /** Undefined where rows cannot be selected. */
  selected: boolean | undefined;
  t: TFunction;
  /** Of the column of boxes. */
  boxWidth: number;
}

function RowOf<Row>(properties: RowProps<Row>) {
  const { id, index, row, top, height, width, pinned, loose, active, selected } = properties;
  const element = useRef<HTMLDivElement>(null);
  // The grid is one stop of the tab key; what is in a cell is reached by F2.
  useLayoutEffect(() => {
    for (const each of element.current?.querySelectorAll("a[href], button, input, [tabindex='0']") ?? [])
      each.setAttribute("tabindex", "-1");
  });
  const boxes = selected === undefined ? 0 : 1;
  const cell = (placed: Placed<Row>): ReactNode => (
    <Cell
      key={placed.column.key}
      id={`${id}-${index}-${placed.place}`}
      placed={placed}
      place={placed.place + 1 + boxes}
      row={row}
      index={index}
      active={active === placed.place}
      t={properties.t}
    />
  );
  return (
    <div
      ref={element}
      role="row"
      aria-rowindex={index + 2}
      aria-selected={selected}
      data-row={index}
      className={selected ? "row chosen" : "row"}
      style={{ top, height, width }}
    >
      {selected !== undefined && (
        <div
          role="gridcell"
          aria-colindex={1}
          className="cell box pinned"
          style={{ width: properties.boxWidth }}
        >
          {row !== undefined && (
            <input
              type="checkbox"
              tabIndex={-1}
              checked={selected}
              readOnly
              data-box
              aria-label={properties.t("grid.select", { number: index + 1 })}
            />
          )}
        </div>
      )}
      {pinned.map(cell)}
      {loose.map(cell)}
    </div>
  );
}

export const GridRow = memo(RowOf) as typeof RowOf;

interface CellProps<Row> {
  id: string;
  placed: Placed<Row>;
  place: number;
  row: Row | undefined;
  index: number;
  active: boolean;
  t: TFunction;
}

function CellOf<Row>({ id, placed, place, row, index, active, t }: CellProps<Row>) {
  const { column, left, width } = placed;
  const copied = row === undefined ? undefined : column.copied?.(row);
  const classes = ["cell", column.align ?? "left"];
  if (placed.pinned) classes.push("pinned");
  if (active) classes.push("active");
  return (
    <div
      id={id}
      role="gridcell"
      aria-colindex={place}
      data-place={placed.place}
      className={classes.join(" ")}
      style={{ left, width }}
    >
      {row === undefined ? <span className="coming" /> : shown(column, row, index)}
      {copied !== undefined && (
        <span className="copier">
          <CopyButton text={copied} label={t("steps.copy", { what: copied })} />
        </span>
      )}
    </div>
  );
}

const Cell = memo(CellOf) as typeof CellOf;

function shown<Row>(column: GridColumn<Row>, row: Row, index: number): ReactNode {
  if (column.render) return column.render(row, index);
  const value = (row as Record<string, unknown>)[column.key];
  if (value === undefined || value === null) return null;
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
