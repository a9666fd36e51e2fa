import { useTranslation } from "react-i18next";
import type { PanelSpec } from "./spec";

/** What a panel is called: as somebody has called it, or after what it shows. */
export function useTitle(spec: PanelSpec): string {
  const { t } = useTranslation();
  if (spec.title) return spec.title;
  if (spec.kind === "text") return t("panels.kinds.text");
  if (spec.kind === "figures" && spec.table === "summary") return t("panels.summary");
  return known(spec, t) ?? spec.table;
}

function known(spec: PanelSpec, t: ReturnType<typeof useTranslation>["t"]): string | undefined {
  const [table = ""] = spec.table.split("/");
  if (spec.kind === "table") return undefined;
  const names: Record<string, string> = {
    confusion_matrix: t("panels.confusion"),
    roc_auc: t("panels.roc"),
    pr_curve: t("panels.precision"),
    calibration: t("panels.calibration"),
    labels: t("panels.perLabel"),
    parity: t("panels.parity"),
    residuals: t("panels.residuals"),
  };
  return names[table];
}
