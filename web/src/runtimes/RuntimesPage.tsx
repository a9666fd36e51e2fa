import { useTranslation } from "react-i18next";
import { ArtifactList } from "../artifacts/ArtifactList";
import { inShort } from "./facts";

export default function RuntimesPage() {
  const { t } = useTranslation();
  return (
    <ArtifactList
      kind="runtime"
      fact={{ title: t("runtimes.environment"), of: (version) => inShort(version) || "–" }}
    />
  );
}
