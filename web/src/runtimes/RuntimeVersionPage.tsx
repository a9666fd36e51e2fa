import { lazy } from "react";
import { useTranslation } from "react-i18next";
import { VersionFrame } from "../artifacts/VersionFrame";
import { inShort } from "./facts";
import "../models/models.css";
import "./runtimes.css";

const About = lazy(() => import("./About"));
const LineageTab = lazy(() => import("../models/lineage/LineageTab"));
const LockTab = lazy(() => import("./LockTab"));
const Files = lazy(() => import("../artifacts/files/Files"));

export default function RuntimeVersionPage() {
  const { t } = useTranslation();
  return (
    <VersionFrame
      kind="runtime"
      fact={inShort}
      tabs={[
        { key: "lock", title: t("runtimes.tabs.lock"), body: (version) => <LockTab version={version} /> },
        {
          key: "files",
          title: t("runtimes.tabs.files"),
          body: (version) => <Files of={{ ...version, kind: "runtime" }} />,
        },
        { key: "about", title: t("runtimes.tabs.about"), body: (version) => <About version={version} /> },
        {
          key: "lineage",
          title: t("runtimes.tabs.uses"),
          body: (version) => <LineageTab version={version} />,
        },
      ]}
    />
  );
}
