import { useTranslation } from "react-i18next";
import type { Version } from "../artifacts/kinds";

/** How many rows a version has, as was noted when it was made. */
export function rowsOf({ meta }: Pick<Version, "meta">): number | undefined {
  return typeof meta.rows === "number" ? meta.rows : undefined;
}

/** Says how many rows a version has. */
export function useRowsTold(): (version: Version) => string | null {
  const { t, i18n } = useTranslation();
  const number = new Intl.NumberFormat(i18n.language);
  return (version) => {
    const rows = rowsOf(version);
    return rows === undefined ? null : t("datasets.rowCount", { rows: number.format(rows) });
  };
}
