import { useQuery } from "@tanstack/react-query";
import { Alert, Segmented } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { problemOf } from "../../api/fault";
import { summaryQuery } from "../../datasets/queries";
import { keyText, rowQuery } from "../../datasets/rows/queries";
import { ClassNames, categoriesOf } from "../../media/classes";
import { Media } from "../../media/Media";
import { shownOf } from "../../media/value";
import { CopyButton } from "../../ui/Copyable";
import { Trouble } from "../../ui/Trouble";
import { type Row, shortId } from "../rows";
import type { Compared } from "./asking";
import { titleOf } from "./columns";
import { givenQuery } from "./given";
import { isClosed, isOfDataset, type Origin, originsOf } from "./origins";

type Values = Readonly<Record<string, unknown>>;

interface Props {
  project: string;
  row: Compared;
  rows: readonly Row[];
  table: string;
  /** Columns in which results hold what was read. */
  inputs: readonly string[];
  /** The beginning of the version whose row is shown, where they have read several; empty for the first. */
  chosen: string;
  choose: (version: string) => void;
}

/** What a row was made of: as the datasets have it, and as the results have noted it. */
export function RowGiven({ project, row, rows, table, inputs, chosen, choose }: Props) {
  const { t } = useTranslation();
  const having = row.values.find((each) => each !== null) ?? {};
  const noted = Object.fromEntries(
    inputs.flatMap((name) => (having[name] === undefined ? [] : [[titleOf(name), having[name]]])),
  );
  const origins = originsOf(row, rows, table, project);
  const origin = origins.find(({ of }) => shortId(of.version) === chosen) ?? origins[0];
  const closed = !origin && isClosed(row, rows);
  const lost = !origin && !closed && Object.keys(noted).length === 0 && isOfDataset(row.id, table);
  return (
    <section className="given" aria-label={t("evaluations.rows.given")}>
      {origins.length > 1 && (
        <div className="versions">
          <span className="faint">{t("evaluations.rows.otherVersions")}</span>
          <Segmented
            value={origin ? shortId(origin.of.version) : ""}
            options={origins.map(({ of }) => ({
              value: shortId(of.version),
              label: `${of.name} · ${shortId(of.version)}`,
            }))}
            onChange={choose}
          />
        </div>
      )}
      {origin ? (
        <FromDataset key={origin.of.path} origin={origin} noted={noted} project={project} />
      ) : (
        <Features values={noted} project={project} />
      )}
      {closed && <Alert type="warning" showIcon title={t("evaluations.rows.closedDataset")} />}
      {lost && <p className="faint">{t("evaluations.rows.unknownDataset")}</p>}
    </section>
  );
}

function FromDataset({ origin, noted, project }: { origin: Origin; noted: Values; project: string }) {
  const { t } = useTranslation();
  const { of } = origin;
  const { data, error, isPending } = useQuery(givenQuery(origin));
  const key = data ? keyText(data.key as string) : "";
  // Long texts are cut where many rows come at once.
  const whole = useQuery({ ...rowQuery(of, key), enabled: (data?.cut.length ?? 0) > 0 });
  const values = whole.data?.values ?? data?.values ?? {};
  const { data: summary } = useQuery({ ...summaryQuery(of), retry: false });
  const gone = error && [403, 404].includes(problemOf(error).status);
  return (
    <>
      <p className="origin">
        <span className="faint">{t("evaluations.rows.readFrom")}</span>{" "}
        {data ? (
          <Link to={`${of.path}?tab=rows&row=${encodeURIComponent(key)}`}>{of.name}</Link>
        ) : (
          <span>{of.name}</span>
        )}{" "}
        <code className="faint">{shortId(of.version)}</code>{" "}
        <CopyButton text={of.version} label={t("steps.copy", { what: shortId(of.version) })} />
      </p>
      <ClassNames value={categoriesOf(summary?.info ?? {})}>
        <Features values={{ ...values, ...noted }} project={of.project} noted={noted} own={project} />
      </ClassNames>
      {isPending && <p className="faint">{t("app.loading")}</p>}
      {gone && (
        <Alert
          type="warning"
          showIcon
          title={t("evaluations.rows.noDataset", { name: of.name, project: of.project })}
        />
      )}
      {error && !gone && <Trouble error={error} />}
      {data === null && (
        <Alert type="warning" showIcon title={t("evaluations.rows.noRow", { name: of.name })} />
      )}
    </>
  );
}

const LOOKED_AT = new Set(["image", "video", "audio", "array"]);

interface FeaturesProps {
  values: Values;
  project: string;
  /** Those that the results hold, which lie in the project `own`. */
  noted?: Values;
  own?: string;
}

/** Features of a row; what is looked at comes first, the rest says what is seen there. */
function Features({ values, project, noted = {}, own = project }: FeaturesProps) {
  const names = Object.keys(values);
  const looked = names.filter((name) => LOOKED_AT.has(shownOf(values[name]).kind));
  const ordered = [...looked, ...names.filter((name) => !looked.includes(name))];
  if (ordered.length === 0) return null;
  return (
    <dl>
      {ordered.map((name) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>
            <Media
              value={values[name]}
              size="full"
              row={values}
              column={name}
              project={name in noted ? own : project}
            />
          </dd>
        </div>
      ))}
    </dl>
  );
}
