import { lazy } from "react";
import { useTranslation } from "react-i18next";
import { VersionFrame } from "../artifacts/VersionFrame";
import { About } from "./About";
import { useRowsTold } from "./facts";

const Statistics = lazy(() => import("./Statistics"));

export default function DatasetVersionPage() {
  const { t } = useTranslation();
  return (
    <VersionFrame
      kind="dataset"
      fact={useRowsTold()}
      tabs={[
        {
          key: "statistics",
          title: t("datasets.tabs.statistics"),
          body: (version) => <Statistics version={version} />,
        },
        { key: "about", title: t("datasets.tabs.about"), body: (version) => <About version={version} /> },
      ]}
    />
  );
}
