import { Form, InputNumber, Select } from "antd";
import { useTranslation } from "react-i18next";
import { FilterBar } from "../filtering/FilterBar";
import { spelled } from "../filtering/filter";
import { ASKED, filtersOf, kindOfType } from "../filtering/tree";
import type { TableInfo } from "./asks";
import { fieldsOf } from "./editing";
import { isFilterable, MEASURES, type PanelSpec, SUMMARY } from "./spec";

interface Props {
  job: string;
  spec: PanelSpec;
  change: (part: Partial<PanelSpec>) => void;
  tables: TableInfo[];
}

/** Asks which columns of its table a panel shows, and which rows. */
export function PanelColumns({ job, spec, change, tables }: Props) {
  const { t } = useTranslation();
  const { x, y, one, by, measure, bins } = fieldsOf(spec.kind);
  const path = `evaluation/${job}/${spec.table}`;
  const known = tables.find((each) => each.path === path || each.path.startsWith(`${path}/`))?.columns ?? [];
  const options = known.map(({ name, type }) => ({ value: name, label: name, title: type }));
  const withKey = [{ value: "id", label: t("panels.id"), title: "id" }, ...options];
  return (
    <>
      {x && (
        <Form.Item label={t(x)} htmlFor="panel-x">
          <Select
            id="panel-x"
            showSearch
            allowClear
            value={spec.x || undefined}
            placeholder={t("panels.choose")}
            options={withKey}
            onChange={(column: string | undefined) => change({ x: column ?? "" })}
          />
        </Form.Item>
      )}
      {y && spec.table !== SUMMARY && (
        <Form.Item label={t(y)} htmlFor="panel-y">
          {one ? (
            <Select
              id="panel-y"
              showSearch
              allowClear
              value={spec.y[0]}
              placeholder={t("panels.choose")}
              options={options}
              onChange={(column: string | undefined) => change({ y: column ? [column] : [] })}
            />
          ) : (
            <Select
              id="panel-y"
              mode="multiple"
              value={spec.y}
              placeholder={t(
                spec.kind === "table" || spec.kind === "figures" ? "panels.all" : "panels.choose",
              )}
              options={options}
              onChange={(columns: string[]) => change({ y: columns })}
            />
          )}
        </Form.Item>
      )}
      {measure && (
        <Form.Item label={t("panels.measure")} htmlFor="panel-measure">
          <Select
            id="panel-measure"
            value={spec.measure}
            options={MEASURES.map((value) => ({ value, label: t(`panels.measures.${value}`) }))}
            onChange={(chosen) => change({ measure: chosen })}
          />
        </Form.Item>
      )}
      {by && (
        <Form.Item label={t("panels.by")} htmlFor="panel-by">
          <Select
            id="panel-by"
            showSearch
            allowClear
            value={spec.by || undefined}
            placeholder={t("panels.noBy")}
            options={options}
            onChange={(column: string | undefined) => change({ by: column ?? "" })}
          />
        </Form.Item>
      )}
      {bins && (
        <Form.Item label={t("panels.bins")} htmlFor="panel-bins">
          <InputNumber
            id="panel-bins"
            min={1}
            max={200}
            value={spec.bins}
            onChange={(count) => change({ bins: count ?? 20 })}
          />
        </Form.Item>
      )}
      {isFilterable(spec) && (
        <Form.Item label={t("panels.where")} className="whole">
          <div className="filters">
            <FilterBar
              filters={filtersOf(spec.where)}
              onFilters={(filters) => change({ where: filters.map(spelled) })}
              columns={withKey.map(({ value, label }) => ({ key: value, title: label }))}
              kinds={
                new Map([
                  ["id", "other"],
                  ...known.map(({ name, type }) => [name, kindOfType(type)] as const),
                ])
              }
              choicesOf={() => []}
              ops={ASKED}
            />
          </div>
        </Form.Item>
      )}
    </>
  );
}
