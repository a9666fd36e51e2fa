import { useSuspenseQueries, useSuspenseQuery } from "@tanstack/react-query";
import { Empty } from "antd";
import { lazy, type ReactNode, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { Scene } from "../shell/Scene";
import { type Answer, type Ask, asksOf, namesOf } from "./asks";
import { Chart } from "./Chart";
import { drawnOf } from "./drawn";
import { FiguresPanel } from "./FiguresPanel";
import { answerQuery, type Source, tablesQuery } from "./queries";
import { isHeading, type PanelSpec } from "./spec";
import { TablePanel } from "./TablePanel";
import { useTitle } from "./titles";
import "./panels.css";

const Markdown = lazy(() => import("../ui/Markdown"));

interface Props {
  spec: PanelSpec;
  project: string;
  /** Whose tables, where the panel does not say. */
  job?: string;
}

/** What a panel shows of the tables of an evaluation, as they are now. */
export function Panel({ spec, project, job = "" }: Props) {
  return (
    <Scene>
      {spec.kind === "text" ? (
        <Text spec={spec} />
      ) : (
        <Live spec={spec} project={project} job={spec.job || job} />
      )}
    </Scene>
  );
}

function Live({ spec, project, job }: Required<Props>) {
  const { t } = useTranslation();
  const { data: tables } = useSuspenseQuery(tablesQuery(project, job));
  const asks = asksOf(spec, job, tables);
  if (asks.length === 0) return <Nothing>{t("panels.missing", { table: spec.table })}</Nothing>;
  return <Asked spec={spec} asks={asks} names={namesOf(spec, job, tables)} source={{ project }} />;
}

interface AskedProps {
  spec: PanelSpec;
  asks: Ask[];
  names: string[];
  source: Source;
}

/** What a panel shows of what its questions are answered. */
export function Asked({ spec, asks, names, source }: AskedProps) {
  const answers = useSuspenseQueries({ queries: asks.map((ask, place) => answerQuery(source, ask, place)) });
  return (
    <Shown spec={spec} answers={answers.map(({ data }) => data)} names={names} source={source} asks={asks} />
  );
}

interface ShownProps {
  spec: PanelSpec;
  answers: Answer[];
  names: string[];
  /** Where more rows come from; nowhere for what is frozen. */
  source?: Source;
  asks?: Ask[];
}

/** What a panel shows, once it is known. */
export function Shown({ spec, answers, names, source, asks }: ShownProps) {
  const title = useTitle(spec);
  const [first] = answers;
  const [ask] = asks ?? [];
  if (spec.kind === "text") return <Text spec={spec} />;
  if (!first) return null;
  if (spec.kind === "figures") return <FiguresPanel row={first.rows[0]} wanted={spec.y} label={title} />;
  if (spec.kind === "table")
    return (
      <TablePanel
        first={first}
        wanted={spec.y}
        label={title}
        {...(source && "project" in source && ask?.type === "rows" && { more: { ...source, ask } })}
      />
    );
  return <Drawing spec={spec} answers={answers} names={names} label={title} />;
}

/** A chart, made anew only when it shows something else: what was done to it by hand goes with the old one. */
function Drawing({ spec, answers, names, label }: ShownProps & { label: string }) {
  const { t, i18n } = useTranslation();
  const rows = t("panels.measures.count");
  const told = JSON.stringify([spec, names]);
  const kept = useSame(answers);
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is told is the text of two of them
  const drawn = useMemo(
    () => drawnOf(spec, kept, names, { language: i18n.language, rows }),
    [told, kept, i18n.language, rows],
  );
  return <Chart drawn={drawn} label={label} cut={kept.find(({ next }) => next)?.rows.length ?? 0} />;
}

/** The list that was there before, as long as the same is in it. */
function useSame<T>(list: T[]): T[] {
  const [kept, setKept] = useState(list);
  if (kept.length === list.length && kept.every((each, place) => each === list[place])) return kept;
  setKept(list);
  return list;
}

/** A text; one that has only a title stands as a heading over the panels that follow. */
function Text({ spec }: { spec: PanelSpec }) {
  const { t } = useTranslation();
  if (isHeading(spec)) return null;
  return spec.text.trim() ? <Markdown text={spec.text} /> : <Nothing>{t("panels.noText")}</Nothing>;
}

function Nothing({ children }: { children: ReactNode }) {
  return <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={children} />;
}
