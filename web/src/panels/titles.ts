import { useTranslation } from "react-i18next";
import type { PanelSpec } from "./spec";

/** What tables hold that metrics log. */
const KNOWN = {
  confusion_matrix: "panels.confusion",
  roc_auc: "panels.roc",
  pr_curve: "panels.precision",
  calibration: "panels.calibration",
  labels: "panels.perLabel",
  parity: "panels.parity",
  residuals: "panels.residuals",
} as const satisfies Record<string, string>;

/** What a panel is called: as somebody has called it, or after what it shows. */
export function useTitle(spec: PanelSpec): string {
  return useTitleOf()(spec);
}

/** The same for any number of panels. */
export function useTitleOf(): (spec: PanelSpec) => string {
  const { t } = useTranslation();
  return (spec) => {
    if (spec.title) return spec.title;
    if (spec.kind === "text") return t("panels.kinds.text");
    if (spec.kind === "figures" && spec.table === "summary") return t("panels.summary");
    const [table = ""] = spec.table.split("/");
    const known = spec.kind === "table" ? undefined : KNOWN[table as keyof typeof KNOWN];
    return known ? t(known) : spec.table;
  };
}
