import { CloseOutlined, FilterOutlined } from "@ant-design/icons";
import { Button, Popover } from "antd";
import { lazy, useState } from "react";
import { useTranslation } from "react-i18next";
import { Scene } from "../shell/Scene";
import { type Filter, type Kind, type Ops, spelled } from "./filter";
import { useTold } from "./telling";
import "./filtering.css";

const FilterForm = lazy(() => import("./FilterForm"));
const NewFilter = lazy(() => import("./NewFilter"));

interface Props {
  filters: readonly Filter[];
  onFilters: (filters: Filter[]) => void;
  columns: readonly { key: string; title: string }[];
  kinds: ReadonlyMap<string, Kind>;
  /** All texts that a column holds, for those that hold few. */
  choicesOf: (column: string) => string[];
  /** Which conditions there are, where not all of them. */
  ops?: Ops;
}

/** The conditions that rows are held against, each of which can be changed where it stands. */
export function FilterBar({ filters, onFilters, columns, kinds, choicesOf, ops }: Props) {
  const { t } = useTranslation();
  const told = useTold();
  const titles = new Map(columns.map(({ key, title }) => [key, title]));
  const known = new Set(filters.map(spelled));
  const add = (filter: Filter): void => {
    if (!known.has(spelled(filter))) onFilters([...filters, filter]);
  };
  const put = (index: number, filter: Filter): void =>
    onFilters(
      filters.flatMap((each, at) =>
        at === index ? [filter] : spelled(each) === spelled(filter) ? [] : [each],
      ),
    );
  return (
    <>
      <Opening button={<Button icon={<FilterOutlined aria-hidden />}>{t("filtering.add")}</Button>}>
        {(close) => (
          <NewFilter
            columns={columns}
            kinds={kinds}
            choicesOf={choicesOf}
            ops={ops}
            onAdd={(filter) => {
              close();
              add(filter);
            }}
          />
        )}
      </Opening>
      {filters.map((filter, index) => {
        const title = titles.get(filter.column) ?? filter.column;
        return (
          <span key={spelled(filter)} className="filter">
            <Opening
              button={
                <Button type="text" size="small" className="told">
                  {`${title} ${told(filter)}`}
                </Button>
              }
            >
              {(close) => (
                <FilterForm
                  title={title}
                  filter={filter}
                  kind={kinds.get(filter.column) ?? "text"}
                  choices={choicesOf(filter.column)}
                  ops={ops}
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
              aria-label={t("filtering.remove", { title })}
              onClick={() => onFilters(filters.filter((_, at) => at !== index))}
            />
          </span>
        );
      })}
    </>
  );
}

interface OpeningProps {
  button: React.ReactElement;
  children: (close: () => void) => React.ReactNode;
}

function Opening({ button, children }: OpeningProps) {
  const [open, setOpen] = useState(false);
  return (
    <Popover
      open={open}
      onOpenChange={setOpen}
      trigger="click"
      placement="bottomLeft"
      destroyOnHidden
      content={<Scene waiting={null}>{children(() => setOpen(false))}</Scene>}
    >
      {button}
    </Popover>
  );
}
