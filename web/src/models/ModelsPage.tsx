import { useTranslation } from "react-i18next";
import { ArtifactList } from "../artifacts/ArtifactList";

export default function ModelsPage() {
  const { t } = useTranslation();
  const of = ({ meta }: { meta: Record<string, unknown> }): string =>
    Array.isArray(meta.handlers) ? String(meta.handlers.length) : "–";
  return <ArtifactList kind="model" fact={{ title: t("models.handlersColumn"), of }} />;
}
