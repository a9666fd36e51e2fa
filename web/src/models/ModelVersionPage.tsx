import { lazy } from "react";
import { useTranslation } from "react-i18next";
import { VersionFrame } from "../artifacts/VersionFrame";
import { useHandlersTold } from "./counts";
import "./models.css";

const About = lazy(() => import("./About"));
const LineageTab = lazy(() => import("./lineage/LineageTab"));
const Files = lazy(() => import("../artifacts/files/Files"));

export default function ModelVersionPage() {
  const { t } = useTranslation();
  return (
    <VersionFrame
      kind="model"
      fact={useHandlersTold()}
      tabs={[
        { key: "about", title: t("models.tabs.about"), body: (version) => <About version={version} /> },
        {
          key: "files",
          title: t("models.tabs.files"),
          body: (version) => <Files of={{ ...version, kind: "model" }} />,
        },
        {
          key: "lineage",
          title: t("models.tabs.lineage"),
          body: (version) => <LineageTab version={version} />,
        },
      ]}
    />
  );
}
