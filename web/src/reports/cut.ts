import { useTranslation } from "react-i18next";

/** In words, that rows are only the first; of how many, where that is known. */
export type Cut = (shown: number, total?: number | null) => string;

export function useCut(): Cut {
  const { t } = useTranslation();
  return (shown, total) =>
    typeof total === "number" ? t("panels.first", { shown, total }) : t("reports.firstOnly", { shown });
}
