import { useTranslation } from "react-i18next";
import { FilterBar } from "../filtering/FilterBar";
import type { Kind } from "../filtering/filter";
import type { GridColumn } from "../grid";
import { ColumnPicker } from "../grid/ColumnPicker";
import { SearchInput } from "../ui/SearchInput";
import { choicesIn } from "./choices";
import { useWrites } from "./queries";
import type { Row } from "./rows";
import type { useShown } from "./useShown";
import { ViewMenu } from "./views/ViewMenu";

interface Props {
  project: string;
  rows: readonly Row[];
  columns: readonly GridColumn<Row>[];
  kinds: ReadonlyMap<string, Kind>;
  state: ReturnType<typeof useShown>;
}

/** Views, search, filters and columns. */
export default function Toolbar({ project, rows, columns, kinds, state }: Props) {
  const { t } = useTranslation();
  const writes = useWrites(project);
  const { shown, show, views, current, changed, onView } = state;
  return (
    <>
      <ViewMenu
        project={project}
        views={views}
        current={current}
        shown={shown}
        changed={changed}
        writes={writes}
        onView={onView}
      />
      <SearchInput
        label={t("evaluations.search")}
        longest={200}
        search={shown.search}
        show={(search) => show({ search })}
      />
      <FilterBar
        filters={shown.filters}
        onFilters={(filters) => show({ filters })}
        columns={columns}
        kinds={kinds}
        choicesOf={(column) => choicesIn(rows, column)}
      />
      <ColumnPicker columns={columns} layout={shown.layout} onLayout={(layout) => show({ layout })} />
    </>
  );
}
