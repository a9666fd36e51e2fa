import { Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import FilterForm from "./FilterForm";
import type { Filter, Kind, Ops } from "./filter";

interface Props {
  columns: readonly { key: string; title: string }[];
  kinds: ReadonlyMap<string, Kind>;
  choicesOf: (column: string) => string[];
  ops?: Ops | undefined;
  onAdd: (filter: Filter) => void;
}

/** A condition to be: first its column, then the rest. */
export default function NewFilter({ columns, kinds, choicesOf, ops, onAdd }: Props) {
  const { t } = useTranslation();
  const [column, setColumn] = useState<string>();
  const title = columns.find(({ key }) => key === column)?.title ?? "";
  return (
    <div className="filter-form">
      <Select
        autoFocus
        showSearch={{ optionFilterProp: "label" }}
        aria-label={t("filtering.column")}
        placeholder={t("filtering.column")}
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
          ops={ops}
          onDone={onAdd}
        />
      )}
    </div>
  );
}
