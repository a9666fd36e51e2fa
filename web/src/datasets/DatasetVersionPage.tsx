import { useTranslation } from "react-i18next";
import { VersionFrame } from "../artifacts/VersionFrame";
import { About } from "./About";
import { useRowsTold } from "./facts";

export default function DatasetVersionPage() {
  const { t } = useTranslation();
  return (
    <VersionFrame
      kind="dataset"
      fact={useRowsTold()}
      tabs={[
        { key: "about", title: t("datasets.tabs.about"), body: (version) => <About version={version} /> },
      ]}
    />
  );
}
