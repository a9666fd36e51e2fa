import { Empty } from "antd";
import { useTranslation } from "react-i18next";
import { useList } from "../api/lists";
import type { Version } from "../artifacts/kinds";
import { sized } from "../artifacts/sizes";
import { More } from "../ui/More";
import { Tag } from "../ui/Tag";
import { Bars } from "./Bars";
import { plain } from "./plain";
import { type Column, statisticsQuery } from "./queries";
import { Spread } from "./Spread";
import "./datasets.css";

/** What each column of a version holds. */
export default function Statistics({ version }: { version: Version }) {
  const { t } = useTranslation();
  const { found, items, total } = useList(statisticsQuery(version));
  if (items.length === 0)
    return <Empty className="nothing" description={<strong>{t("datasets.statistics.none")}</strong>} />;
  return (
    <>
      <ul className="columnstats">
        {items.map((column) => (
          <OneColumn key={column.name} column={column} />
        ))}
      </ul>
      {found.hasNextPage && <More shown={items.length} total={total} found={found} />}
    </>
  );
}

function OneColumn({ column }: { column: Column }) {
  const { t, i18n } = useTranslation();
  const number = new Intl.NumberFormat(i18n.language);
  const rows = column.count + column.nulls + column.absent;
  const facts: [string, string][] = [[t("datasets.statistics.values"), number.format(column.count)]];
  if (column.nulls > 0) facts.push([t("datasets.statistics.nulls"), number.format(column.nulls)]);
  if (column.absent > 0) facts.push([t("datasets.statistics.absent"), number.format(column.absent)]);
  if (column.values.length > 0)
    facts.push([t("datasets.statistics.distinct"), number.format(column.values.length)]);
  if (column.size !== null) facts.push([t("artifacts.size"), sized(column.size)]);
  const ends = endsOf(column, i18n.language);
  const lengths = isLength(column.type) ? t("datasets.statistics.lengths") : "";
  return (
    <li className="panel">
      <div className="heading">
        <h2>{column.name}</h2>
        <Tag>{column.type}</Tag>
      </div>
      <Fill count={column.count} rows={rows} />
      <dl className="figures">
        {facts.map(([title, value]) => (
          <div key={title}>
            <dt>{title}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {ends.length > 0 && (
        <dl className="figures">
          {ends.map(([key, value]) => (
            <div key={key}>
              <dt>
                {t(`datasets.statistics.${key}`)} {lengths}
              </dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      )}
      <Picture column={column} rows={rows} />
    </li>
  );
}

/** How much of a column there is. */
function Fill({ count, rows }: { count: number; rows: number }) {
  const { t } = useTranslation();
  const share = rows === 0 ? 0 : count / rows;
  if (share === 1) return null;
  return (
    <div
      className="fill"
      role="img"
      aria-label={t("datasets.statistics.filled", { share: Math.round(share * 100) })}
    >
      <span style={{ width: `${share * 100}%` }} />
    </div>
  );
}

/** Most different values for which a bar each says more than ranges do. */
const FEW = 24;

function Picture({ column, rows }: { column: Column; rows: number }) {
  const numeric = column.histogram.length > 1;
  if (column.values.length > 0 && (column.values.length <= FEW || !numeric))
    return <Bars values={column.values} rows={rows} />;
  return numeric ? <Spread ranges={column.histogram} name={column.name} /> : null;
}

function isLength(type: string): boolean {
  return /^(str|bytes|list|tuple)\b/.test(type);
}

type End = ["minimum" | "mean" | "maximum", string];

function endsOf({ minimum, mean, maximum }: Column, language: string): End[] {
  const ends: [End[0], unknown][] = [
    ["minimum", minimum],
    ["mean", mean],
    ["maximum", maximum],
  ];
  return ends.filter(([, value]) => value !== null).map(([key, value]) => [key, plain(value, language)]);
}
