import { useSuspenseInfiniteQuery } from "@tanstack/react-query";
import { Empty } from "antd";
import { lazy } from "react";
import { useTranslation } from "react-i18next";
import type { Version } from "../../artifacts/kinds";
import { Scene } from "../../shell/Scene";
import { More } from "../../ui/More";
import { useMedia } from "../../ui/useMedia";
import { graphOf } from "./graph";
import { JobLines } from "./JobLines";
import { Origin } from "./Origin";
import { wholeLineageQuery } from "./queries";
import "../models.css";

const LineageGraph = lazy(() => import("./LineageGraph"));

/** Where a version came from, and what became of it: drawn where there is room, and told. */
export default function LineageTab({ version }: { version: Version }) {
  const { t } = useTranslation();
  const wide = useMedia("(min-width: 800px)");
  const found = useSuspenseInfiniteQuery(wholeLineageQuery(version.kind, version));
  const [first] = found.data.pages;
  const jobs = found.data.pages.flatMap((page) => page.jobs.items);
  if (!first) return null;
  const graph = graphOf(first, jobs);
  return (
    <>
      {wide && graph.edges.length > 0 && (
        <Scene>
          <LineageGraph graph={graph} />
        </Scene>
      )}
      <Origin lineage={first} />
      <section className="panel" aria-labelledby="jobs">
        <h2 id="jobs">{t("models.lineage.jobs")}</h2>
        {jobs.length === 0 ? (
          <Empty
            className="nothing"
            image={Empty.PRESENTED_IMAGE_SIMPLE}
            description={<strong>{t("models.lineage.none")}</strong>}
          >
            <p className="faint">{t("models.lineage.noneText")}</p>
          </Empty>
        ) : (
          <>
            <JobLines jobs={jobs} focus={version.version} />
            <More shown={jobs.length} total={first.jobs.total} found={found} />
          </>
        )}
      </section>
    </>
  );
}
