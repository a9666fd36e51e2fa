import { useCallback, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Version } from "../../artifacts/kinds";
import { Grid, type GridColumn, type GridLayout, KeyButton, useWindows } from "../../grid";
import { Media } from "../../media/Media";
import type { Filter } from "./filter";
import { askRows, keyShown, keyText, type Row, rowsKey, WINDOW } from "./queries";
import { isNumeric, isVisual, widthOf } from "./types";
import { useWhole } from "./useWhole";
import { KEY, NUMBER, type View } from "./view";

const LOW = 40;
const TALL = 64;

export interface Shown {
  version: Version;
  where: Filter | null;
  view: View;
  /** Column to type. */
  columns: Record<string, string>;
  total: number;
  show: (part: Partial<View>) => void;
}

interface Props extends Shown {
  jump: { index: number };
  counting: boolean;
}

/** Rows as a table of any length. */
export function RowTable({ version, where, view, columns, total, show, jump, counting }: Props) {
  const { t } = useTranslation();
  const ask = useCallback(
    (first: number, _count: number, signal: AbortSignal) =>
      askRows(version, where, first, WINDOW, { signal }),
    [version, where],
  );
  const rows = useWindows<Row>(rowsKey(version, where), total, WINDOW, ask);
  // The address follows at leisure: a column is as wide as it was drawn, at once.
  const [widths, setWidths] = useState(view.widths);
  const wholeOf = useWhole(version);
  const visual = Object.entries(columns).some(
    ([name, type]) => isVisual(type) && !view.hidden.includes(name),
  );
  const shown = useMemo(
    (): GridColumn<Row>[] => [
      {
        key: NUMBER,
        title: t("rows.number"),
        width: 104,
        align: "right",
        pinned: true,
        fixed: true,
        render: (row) => <span className="faint">{row.place}</span>,
      },
      {
        key: KEY,
        title: t("rows.key"),
        width: 130,
        pinned: true,
        fixed: true,
        render: (row) => <KeyCell row={row} open={show} />,
      },
      ...Object.entries(columns).map(([name, type]) => columnOf(name, type, version.project, wholeOf)),
    ],
    [columns, show, t, version.project, wholeOf],
  );
  const layout: GridLayout = useMemo(
    () => ({
      hidden: view.hidden,
      order: view.order.length ? [NUMBER, KEY, ...view.order] : [],
      widths,
      ...(view.pinned && { pinned: [NUMBER, KEY, ...view.pinned] }),
    }),
    [view.hidden, view.order, view.pinned, widths],
  );
  const lay = (next: GridLayout): void => {
    const wide = next.widths ?? {};
    setWidths(wide);
    const own = (keys: readonly string[] = []): string[] =>
      keys.filter((key) => key !== NUMBER && key !== KEY);
    show({
      hidden: own(next.hidden),
      order: own(next.order),
      pinned: next.pinned ? own(next.pinned) : null,
      widths: wide,
    });
  };
  return (
    <div className={visual ? "rowsgrid tall" : "rowsgrid"}>
      <Grid
        label={t("rows.label", { name: version.name })}
        columns={shown}
        rows={rows}
        keyOf={(row) => keyText(row.key)}
        rowHeight={visual ? TALL : LOW}
        layout={layout}
        onLayout={lay}
        onOpen={(row) => show({ row: keyText(row.key) })}
        reveal={jump}
        busy={counting}
      />
    </div>
  );
}

function columnOf(
  name: string,
  type: string,
  project: string,
  wholeOf: ReturnType<typeof useWhole>,
): GridColumn<Row> {
  return {
    key: name,
    title: name,
    head: (
      <>
        {name} <span className="rowtype">{type}</span>
      </>
    ),
    width: widthOf(type, name),
    align: isNumeric(type) ? "right" : "left",
    render: (row) => (
      <Media
        // The row of a place may become another one: what was made of the one before goes with it.
        key={keyText(row.key)}
        value={row.values[name]}
        size="cell"
        row={row.values}
        column={name}
        project={project}
        {...wholeOf(row, name)}
      />
    ),
  };
}

function KeyCell({ row, open }: { row: Row; open: (part: Partial<View>) => void }) {
  const { t } = useTranslation();
  const key = keyShown(row.key);
  return (
    <KeyButton
      text={key}
      whole={key}
      label={t("rows.open", { key })}
      open={() => open({ row: keyText(row.key) })}
    />
  );
}
