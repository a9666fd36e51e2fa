import { useSuspenseQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { short, type Version, versionAddress } from "../artifacts/kinds";
import { sized } from "../artifacts/sizes";
import { exact } from "../i18n/times";
import { CopyButton } from "../ui/Copyable";
import { summaryQuery } from "./queries";

/** What is known of a version of a dataset as a whole. */
export function About({ version }: { version: Version }) {
  const { t, i18n } = useTranslation();
  const { data: summary } = useSuspenseQuery(summaryQuery(version));
  const number = new Intl.NumberFormat(i18n.language);
  const info = Object.entries(summary.info);
  return (
    <>
      <section className="panel">
        <h2>{t("datasets.about.title")}</h2>
        <dl className="facts">
          <dt>{t("datasets.rows")}</dt>
          <dd>{number.format(summary.rows)}</dd>
          <dt>{t("datasets.about.columns")}</dt>
          <dd>{number.format(Object.keys(summary.columns).length)}</dd>
          <dt>{t("artifacts.size")}</dt>
          <dd>
            {t("datasets.about.bytes", { size: sized(summary.bytes), bytes: number.format(summary.bytes) })}
          </dd>
          <dt>{t("datasets.about.files")}</dt>
          <dd>{number.format(summary.files)}</dd>
          <dt>{t("datasets.about.made")}</dt>
          <dd>
            {t("artifacts.by", { who: version.created_by, when: exact(version.created_at, i18n.language) })}
          </dd>
          <dt>{t("datasets.about.version")}</dt>
          <dd>
            <code>{version.version}</code>{" "}
            <CopyButton text={version.version} label={t("artifacts.copyVersion")} />
          </dd>
          {version.parent && (
            <>
              <dt>{t("datasets.about.parent")}</dt>
              <dd>
                <Link to={versionAddress({ ...version, version: version.parent })} className="mono">
                  {short(version.parent)}
                </Link>{" "}
                <CopyButton text={version.parent} label={t("steps.copy", { what: short(version.parent) })} />
              </dd>
            </>
          )}
          <dt>{t("datasets.about.manifest")}</dt>
          <dd>
            <code>{version.manifest}</code>{" "}
            <CopyButton text={version.manifest} label={t("datasets.about.copyManifest")} />
          </dd>
        </dl>
      </section>
      {info.length > 0 && (
        <section className="panel">
          <h2>{t("datasets.about.info")}</h2>
          <dl className="facts">
            {info.map(([key, value]) => (
              <div key={key} className="pair">
                <dt>{key}</dt>
                <dd>{typeof value === "string" ? value : <code>{JSON.stringify(value)}</code>}</dd>
              </div>
            ))}
          </dl>
        </section>
      )}
    </>
  );
}
