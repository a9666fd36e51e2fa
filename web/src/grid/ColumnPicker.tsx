import { TableOutlined } from "@ant-design/icons";
import { Button, Input, Popover } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { hidden, hiddenOf, orderOf } from "./layout";
import type { GridColumn, GridLayout } from "./types";

interface Props {
  columns: readonly Pick<GridColumn<never>, "key" | "title" | "pinned" | "hidden">[];
  layout: GridLayout;
  onLayout: (layout: GridLayout) => void;
}

/** A button that opens the list of all columns, to show and to hide them. */
export function ColumnPicker(properties: Props) {
  const { t } = useTranslation();
  const { columns, layout } = properties;
  const away = hiddenOf(columns, layout);
  const many = columns.filter(({ key }) => away.has(key)).length;
  return (
    <Popover trigger="click" placement="bottomRight" destroyOnHidden content={<Picking {...properties} />}>
      <Button icon={<TableOutlined aria-hidden />}>
        {many > 0 ? t("grid.columnsHidden", { number: many }) : t("grid.columns")}
      </Button>
    </Popover>
  );
}

function Picking({ columns, layout, onLayout }: Props) {
  const { t } = useTranslation();
  const [search, setSearch] = useState("");
  const away = hiddenOf(columns, layout);
  const byKey = new Map(columns.map((column) => [column.key, column]));
  const wanted = search.trim().toLowerCase();
  const found = orderOf(columns, layout)
    .flatMap((key) => byKey.get(key) ?? [])
    .filter(({ title, key }) => `${title} ${key}`.toLowerCase().includes(wanted));
  const all = (hide: boolean): void => {
    const next = new Set(away);
    for (const { key } of found) {
      if (hide) next.add(key);
      else next.delete(key);
    }
    onLayout({ ...layout, hidden: [...next] });
  };
  return (
    <div className="column-picker">
      <Input
        type="search"
        allowClear
        aria-label={t("grid.searchColumns")}
        placeholder={t("grid.searchColumns")}
        value={search}
        onChange={({ target }) => setSearch(target.value)}
      />
      <div className="both">
        <Button size="small" onClick={() => all(false)}>
          {t("grid.showAll")}
        </Button>
        <Button size="small" onClick={() => all(true)}>
          {t("grid.hideAll")}
        </Button>
        <Button size="small" onClick={() => onLayout({})}>
          {t("grid.asUsual")}
        </Button>
      </div>
      <ul>
        {found.map(({ key, title }) => (
          <li key={key}>
            <label>
              <input
                type="checkbox"
                checked={!away.has(key)}
                onChange={({ target }) => onLayout(hidden(columns, layout, key, !target.checked))}
              />
              <span>{title}</span>
            </label>
          </li>
        ))}
      </ul>
    </div>
  );
}
