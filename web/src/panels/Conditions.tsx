import { FilterOutlined } from "@ant-design/icons";
import { useTranslation } from "react-i18next";
import { useTold } from "../filtering/telling";
import { filtersOf } from "../filtering/tree";
import { isFilterable, type PanelSpec } from "./spec";

/** In words, which rows a panel shows; empty for all of them. */
export function useConditions(): (spec: PanelSpec) => string {
  const { t } = useTranslation();
  const told = useTold();
  return (spec) =>
    (isFilterable(spec) ? filtersOf(spec.where) : [])
      .map((filter) => `${filter.column === "id" ? t("panels.id") : filter.column} ${told(filter)}`)
      .join(" · ");
}

/** Which rows a panel shows, where it is not all of them. */
export function Conditions({ spec }: { spec: PanelSpec }) {
  const { t } = useTranslation();
  const told = useConditions()(spec);
  if (!told) return null;
  return (
    <p className="conditions" title={told}>
      <FilterOutlined role="img" aria-label={t("panels.where")} /> {told}
    </p>
  );
}
