import { Select } from "antd";
import { useTranslation } from "react-i18next";
import type { GridColumn, GridLayout } from "../../grid";
import { ColumnPicker } from "../../grid/ColumnPicker";
import { CopyButton } from "../../ui/Copyable";
import { nameOf } from "../names";
import { type Row, shortId } from "../rows";
import type { Compared, Counts } from "./asking";
import { type Sides, titleOf } from "./columns";

/** What is said of one table, and nothing of another. */
const ANEW = { differ: "", largest: "", row: "", read: "", order: "", hide: "", pin: "", width: "" };

interface Props {
  rows: readonly Row[];
  names: readonly string[];
  table: string;
  /** What rows differ in that are shown; "*" for anything, empty for all rows. */
  by: string;
  /** What rows differ most in that come first; empty for the order of keys. */
  largest: string;
  /** Whether rows can be ordered so. */
  numbered: boolean;
  sides: Sides;
  counts: readonly Counts[] | null;
  columns: readonly GridColumn<Compared>[];
  layout: GridLayout;
  onLayout: (layout: GridLayout) => void;
  put: (changes: Record<string, string>) => void;
}

/** Which table, which base, which rows; and how many of them differ. */
export default function RowsTools(properties: Props) {
  const { t, i18n } = useTranslation();
  const number = (value: number): string => new Intl.NumberFormat(i18n.language).format(value);
  const { rows, names, table, by, largest, numbered, sides, counts, columns, layout, onLayout, put } =
    properties;
  const base = shortId(rows[0]?.id ?? "");
  const told = (name: string): string => name.split("==").map(titleOf).join(" = ");
  const which = [
    { value: "", label: t("evaluations.rows.all") },
    { value: "*", label: t("evaluations.rows.differing") },
    ...sides.rights.map((name) => ({
      value: name,
      label: t("evaluations.rows.rightAndWrong", { name: told(name) }),
    })),
    ...sides.outputs
      .filter((name) => !sides.rights.includes(name))
      .map((name) => ({ value: name, label: t("evaluations.rows.differIn", { name: titleOf(name) }) })),
  ];
  return (
    <>
      {names.length > 1 && (
        <Select
          aria-label={t("evaluations.rows.table")}
          prefix={<span className="faint">{t("evaluations.rows.table")}</span>}
          className="base"
          value={table}
          options={names.map((value) => ({ value, label: value }))}
          onChange={(value) => put({ ...ANEW, table: value })}
        />
      )}
      {rows.length > 1 && (
        <>
          <Select
            aria-label={t("evaluations.compare.base")}
            prefix={<span className="faint">{t("evaluations.compare.base")}</span>}
            className="base"
            value={base}
            options={rows.map((row) => ({ value: shortId(row.id), label: nameOf(row) }))}
            onChange={(value) => put({ base: value })}
          />
          <Select
            aria-label={t("evaluations.rows.which")}
            className="base"
            popupMatchSelectWidth={false}
            value={by}
            options={which}
            onChange={(value) => put({ differ: value, row: "" })}
          />
        </>
      )}
      {rows.length > 1 && (numbered || largest !== "") && sides.outputs.length > 0 && (
        <Select
          aria-label={t("evaluations.rows.order")}
          className="base"
          popupMatchSelectWidth={false}
          value={largest}
          options={[
            { value: "", label: t("evaluations.rows.byKey") },
            ...sides.ordering.map((name) => ({
              value: name,
              label: t("evaluations.rows.byDifference", { name: told(name) }),
            })),
          ]}
          onChange={(value) => put({ largest: value })}
        />
      )}
      <ColumnPicker columns={columns} layout={layout} onLayout={onLayout} />
      {counts && counts.length > 0 && (
        <ul className="rows-counts" aria-label={t("evaluations.rows.counts")}>
          {counts.map((each, place) => {
            const row = rows[place + 1];
            return (
              row && (
                <li key={row.id}>
                  <code>{shortId(row.id)}</code>
                  <CopyButton text={row.id} label={t("steps.copy", { what: shortId(row.id) })} />{" "}
                  <span>
                    {t("evaluations.rows.against", {
                      different: number(each.different),
                      equal: number(each.equal),
                    })}
                  </span>
                  {each.only_base + each.only_other > 0 && (
                    <span>
                      {" "}
                      · {t("evaluations.rows.alone", { number: number(each.only_base + each.only_other) })}
                    </span>
                  )}
                </li>
              )
            );
          })}
        </ul>
      )}
    </>
  );
}
