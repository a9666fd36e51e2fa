import { CloseOutlined, FilterOutlined } from "@ant-design/icons";
import { Button, Popover, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type Filter, spelled } from "../filters";
import type { Kind } from "../values";
import { FilterForm } from "./FilterForm";
import { useTold } from "./telling";

interface Props {
  filters: readonly Filter[];
  onFilters: (filters: Filter[]) => void;
  columns: readonly { key: string; title: string }[];
  kinds: ReadonlyMap<string, Kind>;
  /** All texts that a column holds, for those that hold few. */
  choicesOf: (column: string) => string[];
}

/** The conditions that rows are held against, each of which can be changed where it stands. */
export function FilterBar({ filters, onFilters, columns, kinds, choicesOf }: Props) {
  const { t } = useTranslation();
  const told = useTold();
  const titles = new Map(columns.map(({ key, title }) => [key, title]));
  const put = (index: number, filter: Filter): void =>
    onFilters(filters.map((each, at) => (at === index ? filter : each)));
  return (
    <>
      <Adding
        columns={columns}
        kinds={kinds}
        choicesOf={choicesOf}
        onAdd={(filter) => onFilters([...filters, filter])}
      />
      {filters.map((filter, index) => {
        const title = titles.get(filter.column) ?? filter.column;
        return (
          <span key={spelled(filter)} className="filter">
            <Opening label={`${title} ${told(filter)}`}>
              {(close) => (
                <FilterForm
                  title={title}
                  filter={filter}
                  kind={kinds.get(filter.column) ?? "text"}
                  choices={choicesOf(filter.column)}
                  onDone={(next) => {
                    close();
                    put(index, next);
                  }}
                />
              )}
            </Opening>
            <Button
              type="text"
              size="small"
              icon={<CloseOutlined aria-hidden />}
              aria-label={t("evaluations.filter.remove", { title })}
              onClick={() => onFilters(filters.filter((_, at) => at !== index))}
            />
          </span>
        );
      })}
    </>
  );
}

function Opening({ label, children }: { label: string; children: (close: () => void) => React.ReactNode }) {
  const [open, setOpen] = useState(false);
  return (
    <Popover
      open={open}
      onOpenChange={setOpen}
      trigger="click"
      placement="bottomLeft"
      destroyOnHidden
      content={children(() => setOpen(false))}
    >
      <Button type="text" size="small" className="told">
        {label}
      </Button>
    </Popover>
  );
}

interface AddingProps extends Pick<Props, "columns" | "kinds" | "choicesOf"> {
  onAdd: (filter: Filter) => void;
}

function Adding({ columns, kinds, choicesOf, onAdd }: AddingProps) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const [column, setColumn] = useState<string>();
  const show = (opened: boolean): void => {
    setOpen(opened);
    setColumn(undefined);
  };
  const title = columns.find(({ key }) => key === column)?.title ?? "";
  const form = (
    <div className="filter-form">
      <Select
        autoFocus
        defaultOpen
        showSearch={{ optionFilterProp: "label" }}
        aria-label={t("evaluations.filter.column")}
        placeholder={t("evaluations.filter.column")}
        value={column ?? null}
        options={columns.map(({ key, title: label }) => ({ value: key, label }))}
        onChange={setColumn}
      />
      {column !== undefined && (
        <FilterForm
          key={column}
          title={title}
          filter={undefined}
          column={column}
          kind={kinds.get(column) ?? "text"}
          choices={choicesOf(column)}
          onDone={(filter) => {
            show(false);
            onAdd(filter);
          }}
        />
      )}
    </div>
  );
  return (
    <Popover
      open={open}
      onOpenChange={show}
      trigger="click"
      placement="bottomLeft"
      destroyOnHidden
      content={form}
    >
      <Button icon={<FilterOutlined aria-hidden />}>{t("evaluations.filter.add")}</Button>
    </Popover>
  );
}
