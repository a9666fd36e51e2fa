import { useTranslation } from "react-i18next";
import { ArtifactList } from "../artifacts/ArtifactList";
import { BuildButton } from "./BuildButton";
import { rowsOf } from "./facts";

export default function DatasetsPage() {
  const { t, i18n } = useTranslation();
  const number = new Intl.NumberFormat(i18n.language);
  const of = (version: Parameters<typeof rowsOf>[0]): string => {
    const rows = rowsOf(version);
    return rows === undefined ? "–" : number.format(rows);
  };
  return (
    <ArtifactList kind="dataset" actions={<BuildButton primary />} fact={{ title: t("datasets.rows"), of }} />
  );
}
