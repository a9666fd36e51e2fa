import { Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Filter } from "../filters";
import type { Kind } from "../values";
import FilterForm from "./FilterForm";

interface Props {
  columns: readonly { key: string; title: string }[];
  kinds: ReadonlyMap<string, Kind>;
  choicesOf: (column: string) => string[];
  onAdd: (filter: Filter) => void;
}

/** A condition to be: first its column, then the rest. */
export default function NewFilter({ columns, kinds, choicesOf, onAdd }: Props) {
  const { t } = useTranslation();
  const [column, setColumn] = useState<string>();
  const title = columns.find(({ key }) => key === column)?.title ?? "";
  return (
    <div className="filter-form">
      <Select
        autoFocus
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
          onDone={onAdd}
        />
      )}
    </div>
  );
}
