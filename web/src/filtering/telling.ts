import { useTranslation } from "react-i18next";
import type { Filter } from "./filter";

/** What a condition says of its column, in words. */
export function useTold(): (filter: Filter) => string {
  const { t } = useTranslation();
  const between = (from: unknown, to: unknown): string => {
    if (!from && from !== 0) return `≤ ${to}`;
    return !to && to !== 0 ? `≥ ${from}` : `${from} – ${to}`;
  };
  return (filter) => {
    switch (filter.op) {
      case "range":
        return filter.from === undefined && filter.to === undefined
          ? t("filtering.ops.any")
          : between(filter.from, filter.to);
      case "days":
        return filter.from || filter.to ? between(filter.from, filter.to) : t("filtering.ops.any");
      case "has":
        return t("filtering.told.has", { text: filter.text });
      case "like":
        return t("filtering.told.like", { text: filter.text });
      case "in":
        return `= ${filter.values.join(", ")}`;
      case "is":
        return `= ${t(filter.value ? "filtering.yes" : "filtering.no")}`;
      default:
        return t(`filtering.ops.${filter.op}`);
    }
  };
}
