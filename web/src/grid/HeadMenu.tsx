import type { MenuProps } from "antd";
import { useTranslation } from "react-i18next";
import { Dropdown } from "../ui/Dropdown";
import { nudged, pinned, pinnedOf, WIDTH, widened, hidden as withHidden } from "./layout";
import type { GridColumn, GridLayout, SortBy } from "./types";

export interface MenuAt {
  key: string;
  /** In pixels from the corner of the grid, so that the menu goes along when the page is scrolled. */
  left: number;
  top: number;
}

interface Props<Row> {
  at: MenuAt;
  columns: readonly GridColumn<Row>[];
  layout: GridLayout;
  width: number;
  sort: readonly SortBy[];
  onLayout: (layout: GridLayout) => void;
  onSort: (sort: SortBy[]) => void;
  close: () => void;
}

/** All that can be done to a column, for fingers and keys. */
export function HeadMenu<Row>({ at, columns, layout, width, sort, onLayout, onSort, close }: Props<Row>) {
  const { t } = useTranslation();
  const column = columns.find(({ key }) => key === at.key);
  if (!column) return null;
  const { key } = column;
  const pin = !pinnedOf(columns, layout).has(key);
  const sorted = sort.some((each) => each.key === key);
  const others = sort.filter((each) => each.key !== key);
  const acts: Record<string, () => void> = {
    ...Object.fromEntries((column.acts ?? []).map(({ key: name, act }) => [name, act])),
    ascending: () => onSort([{ key, descending: false }]),
    descending: () => onSort([{ key, descending: true }]),
    thenAscending: () => onSort([...others, { key, descending: false }]),
    thenDescending: () => onSort([...others, { key, descending: true }]),
    unsorted: () => onSort(others),
    pin: () => onLayout(pinned(columns, layout, key, pin)),
    hide: () => onLayout(withHidden(columns, layout, key, true)),
    left: () => onLayout(nudged(columns, layout, key, -1)),
    right: () => onLayout(nudged(columns, layout, key, 1)),
    wider: () => onLayout(widened(layout, key, width + WIDTH.step * 2)),
    narrower: () => onLayout(widened(layout, key, width - WIDTH.step * 2)),
  };
  const item = (name: string, label: string) => ({ key: name, label });
  const sorting = [
    item("ascending", t("grid.ascending")),
    item("descending", t("grid.descending")),
    ...(others.length > 0
      ? [item("thenAscending", t("grid.thenAscending")), item("thenDescending", t("grid.thenDescending"))]
      : []),
    ...(sorted ? [item("unsorted", t("grid.unsorted"))] : []),
    { type: "divider" as const },
  ];
  const own = (column.acts ?? []).map(({ key: name, label }) => item(name, label));
  const items: MenuProps["items"] = [
    ...own,
    ...(own.length > 0 ? [{ type: "divider" as const }] : []),
    ...(column.sortable ? sorting : []),
    ...(column.fixed
      ? []
      : [
          item("pin", t(pin ? "grid.pin" : "grid.unpin")),
          item("hide", t("grid.hide")),
          { type: "divider" as const },
          item("left", t("grid.left")),
          item("right", t("grid.right")),
        ]),
    item("wider", t("grid.wider")),
    item("narrower", t("grid.narrower")),
  ];
  return (
    <Dropdown
      open
      autoFocus
      trigger={["click"]}
      menu={{ items, onClick: ({ key: act }) => acts[act]?.() }}
      onOpenChange={(open) => {
        if (!open) close();
      }}
    >
      <span className="menu-at" style={{ left: at.left, top: at.top }} />
    </Dropdown>
  );
}
