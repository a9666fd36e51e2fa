import { useQueries, useQuery } from "@tanstack/react-query";
import { Button, Select } from "antd";
import { useTranslation } from "react-i18next";
import { listed, unlisted } from "../../grid/address";
import { CopyButton } from "../../ui/Copyable";
import { Trouble } from "../../ui/Trouble";
import { useSearch } from "../../ui/useSearch";
import { nameOf } from "../names";
import { type Interval, intervalsQuery, tablesQuery } from "../queries";
import type { Row } from "../rows";
import { shortNumber } from "../Value";
import { signed } from "./CompareCell";

const MOST = 10;

interface Props {
  project: string;
  picked: readonly Row[];
  base: number;
}

/** How clearly the rows of the evaluations tell them apart; reckoned when it is asked for. */
export default function Significance({ project, picked, base }: Props) {
  const { t } = useTranslation();
  const [{ significance: table, measured }, say] = useSearch("significance", "measured");
  return (
    <section className="panel significance">
      <div className="heading">
        <h2>{t("evaluations.significance.title")}</h2>
        {!table && (
          <Button onClick={() => say({ significance: "results" })}>
            {t("evaluations.significance.reckon")}
          </Button>
        )}
      </div>
      <p className="faint">{t("evaluations.significance.text")}</p>
      {table && (
        <Tables
          project={project}
          picked={picked}
          base={base}
          table={table}
          metrics={unlisted(measured)}
          say={(next, chosen) => say({ significance: next, measured: listed(chosen) })}
        />
      )}
    </section>
  );
}

interface TablesProps extends Props {
  table: string;
  metrics: string[];
  say: (table: string, metrics: readonly string[]) => void;
}

function Tables({ project, picked, base, table, metrics, say }: TablesProps) {
  const { t } = useTranslation();
  const first = picked[base];
  const others = picked.filter((row) => row !== first).slice(0, MOST);
  const asked = first ? [first, ...others] : [];
  const found = useQueries({ queries: asked.map(({ id }) => tablesQuery(project, id)) });
  if (found.some(({ isPending }) => isPending)) return <p role="status">{t("app.loading")}</p>;
  const failed = found.find(({ data }) => data === undefined);
  if (failed) return <Trouble error={failed.error} />;
  const pathOf = ({ id }: Row): string => `evaluation/${id}/${table}`;
  const having = asked.filter((row, place) => found[place]?.data?.some(({ path }) => path === pathOf(row)));
  const names = (found[0]?.data ?? []).map(({ path }) => path.split("/").slice(2).join("/"));
  const columns = found[0]?.data?.find(({ path }) => first && path === pathOf(first))?.columns ?? [];
  return (
    <>
      <div className="tools">
        <Select
          aria-label={t("evaluations.rows.table")}
          className="base"
          value={table}
          options={names.map((value) => ({ value, label: value }))}
          onChange={(next) => say(next, [])}
        />
        <Select
          mode="tags"
          aria-label={t("evaluations.significance.metrics")}
          placeholder={t("evaluations.significance.metricsHint")}
          className="wide"
          value={metrics}
          options={columns.map(({ name }) => ({ value: name, label: name }))}
          onChange={(next) => say(table, next)}
        />
      </div>
      {having.length < 2 || having[0] !== first ? (
        <p>{t("evaluations.significance.noRows")}</p>
      ) : (
        <Found project={project} rows={having} tables={having.map(pathOf)} metrics={metrics} />
      )}
      {picked.length - 1 > MOST && (
        <p className="faint">{t("evaluations.significance.most", { most: MOST })}</p>
      )}
    </>
  );
}

interface FoundProps {
  project: string;
  rows: readonly Row[];
  tables: string[];
  metrics: string[];
}

function Found({ project, rows, tables, metrics }: FoundProps) {
  const { t } = useTranslation();
  const { data, error, isFetching } = useQuery(intervalsQuery(project, tables, metrics));
  if (error) return <Trouble error={error} />;
  if (!data) return <p role="status">{t("evaluations.significance.reckoning")}</p>;
  if (data.metrics.length === 0) return <p>{t("evaluations.significance.noMetrics")}</p>;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by key
    <section className="wide-table" tabIndex={0} aria-label={t("evaluations.significance.title")}>
      <table aria-busy={isFetching}>
        <thead>
          <tr>
            <th>{t("evaluations.compare.metric")}</th>
            <th>{t("evaluations.columns.id")}</th>
            <th className="number">{t("evaluations.significance.mean")}</th>
            <th className="number">{t("evaluations.significance.difference")}</th>
            <th className="number">{t("evaluations.significance.interval")}</th>
            <th className="number">p</th>
            <th>{t("evaluations.significance.verdict")}</th>
          </tr>
        </thead>
        <tbody>
          {data.intervals.map((each) => (
            <tr key={`${each.metric} ${each.other}`}>
              <td>{each.metric}</td>
              <td>
                <Name of={rows[each.other] as Row} />
              </td>
              <Cells interval={each} />
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Name({ of }: { of: Row }) {
  const { t } = useTranslation();
  const name = nameOf(of);
  return (
    <>
      {name} <CopyButton text={of.id} label={t("steps.copy", { what: name })} />
    </>
  );
}

function Cells({ interval: { difference: found } }: { interval: Interval }) {
  const { t, i18n } = useTranslation();
  const { language } = i18n;
  if (!found) return <td colSpan={5}>{t("evaluations.significance.nothing")}</td>;
  return (
    <>
      <td className="number">{`${shortNumber(found.first, language)} → ${shortNumber(found.second, language)}`}</td>
      <td className="number">{signed(found.difference, language)}</td>
      <td className="number">{`[${signed(found.low, language)}, ${signed(found.high, language)}]`}</td>
      <td className="number">{found.share.toFixed(3)}</td>
      <td>
        <span className={found.is_clear ? "tag good" : "tag"}>
          {t(found.is_clear ? "evaluations.significance.clear" : "evaluations.significance.unclear")}
        </span>
      </td>
    </>
  );
}
