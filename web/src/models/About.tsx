import { useSuspenseQuery } from "@tanstack/react-query";
import { lazy } from "react";
import { useTranslation } from "react-i18next";
import type { Version } from "../artifacts/kinds";
import { useRights } from "../artifacts/queries";
import { Scene } from "../shell/Scene";
import { FactsPanel } from "./FactsPanel";
import { Handlers } from "./Handlers";
import { cardQuery, handlersQuery } from "./queries";

const Markdown = lazy(() => import("../ui/Markdown"));

/** What a model does, what it is, and what its makers say of it. */
export default function About({ version }: { version: Version }) {
  const { data: handlers } = useSuspenseQuery(handlersQuery(version));
  const { writes } = useRights(version.project);
  return (
    <div className="columns">
      <div>
        <Handlers version={version} handlers={handlers} runs={writes && !version.removed_at} />
        <Scene waiting={null}>
          <Card version={version} />
        </Scene>
      </div>
      <Scene>
        <FactsPanel version={version} />
      </Scene>
    </div>
  );
}

function Card({ version }: { version: Version }) {
  const { t } = useTranslation();
  const { data: text } = useSuspenseQuery(cardQuery(version));
  if (!text?.trim()) return null;
  return (
    <section className="panel" aria-labelledby="card">
      <h2 id="card">{t("models.card")}</h2>
      <Markdown text={text} />
    </section>
  );
}
