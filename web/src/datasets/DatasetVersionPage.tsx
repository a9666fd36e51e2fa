import { lazy } from "react";
import { useTranslation } from "react-i18next";
import { VersionFrame } from "../artifacts/VersionFrame";
import { About } from "./About";
import { useRowsTold } from "./facts";

const LineageTab = lazy(() => import("../models/lineage/LineageTab"));
const DatasetRows = lazy(() => import("./rows/DatasetRows"));
const Statistics = lazy(() => import("./Statistics"));

export default function DatasetVersionPage() {
  const { t } = useTranslation();
  return (
    <VersionFrame
      kind="dataset"
      fact={useRowsTold()}
      tabs={[
        { key: "rows", title: t("datasets.tabs.rows"), body: (version) => <DatasetRows version={version} /> },
        {
          key: "statistics",
          title: t("datasets.tabs.statistics"),
          body: (version) => <Statistics version={version} />,
        },
        { key: "about", title: t("datasets.tabs.about"), body: (version) => <About version={version} /> },
        {
          key: "lineage",
          title: t("models.tabs.lineage"),
          body: (version) => <LineageTab version={version} />,
        },
      ]}
    />
  );
}
