import { useTranslation } from "react-i18next";
import { VersionFrame } from "../artifacts/VersionFrame";
import { About } from "./About";
import { useHandlersTold } from "./counts";
import { LineageTab } from "./lineage/LineageTab";
import "./models.css";

export default function ModelVersionPage() {
  const { t } = useTranslation();
  return (
    <VersionFrame
      kind="model"
      fact={useHandlersTold()}
      tabs={[
        { key: "about", title: t("models.tabs.about"), body: (version) => <About version={version} /> },
        {
          key: "lineage",
          title: t("models.tabs.lineage"),
          body: (version) => <LineageTab version={version} />,
        },
      ]}
    />
  );
}
