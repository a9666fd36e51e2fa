import { useQuery } from "@tanstack/react-query";
import { lazy } from "react";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";
import { problemOf } from "../api/fault";
import { Notice } from "../shell/Notice";
import { Waiting } from "../shell/Scene";
import { blocksOf } from "./blocks";
import { Exports } from "./Exports";
import { sharedQuery } from "./queries";
import "./reports.css";

const Reader = lazy(() => import("./Reader"));

/** A published report, for everybody who has its link. */
export default function SharedReportPage() {
  const { t } = useTranslation();
  const { secret = "" } = useParams();
  const found = useQuery(sharedQuery(secret));
  if (found.error && [401, 403, 404, 422].includes(problemOf(found.error).status))
    return (
      <Notice title={t("reports.gone")} actions={<Link to="/">{t("reports.home")}</Link>}>
        <p>{t("reports.goneText")}</p>
      </Notice>
    );
  if (found.error) throw found.error;
  if (!found.data) return <Waiting />;
  const { name, content } = found.data;
  const blocks = blocksOf(content);
  const sourceOf = (block: number) => {
    const part = blocks[block];
    return { secret, block, plain: part?.type === "panel" && part.plain };
  };
  return (
    <div className="report">
      <title>{`${name} · ${t("app.name")}`}</title>
      <meta name="robots" content="noindex" />
      <div className="heading">
        <h1>{name}</h1>
        <Exports name={name} blocks={() => blocks} sourceOf={sourceOf} />
      </div>
      <Reader blocks={blocks} sourceOf={sourceOf} />
    </div>
  );
}
