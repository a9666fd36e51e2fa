import { useTranslation } from "react-i18next";
import type { Lineage } from "./graph";
import { JobLines } from "./JobLines";
import { VersionLink } from "./VersionLink";

/** What a version was made from, and by which job, as far as that is known. */
export function Origin({ lineage }: { lineage: Lineage }) {
  const { t } = useTranslation();
  const { parent, maker, runtime, version } = lineage;
  if (!parent && !maker && !runtime) return null;
  return (
    <section className="panel" aria-labelledby="origin">
      <h2 id="origin">{t("models.lineage.origin")}</h2>
      <dl className="facts origin">
        {parent && (
          <>
            <dt>{t("models.lineage.parent")}</dt>
            <dd>
              <VersionLink link={parent} />
            </dd>
          </>
        )}
        {runtime && (
          <>
            <dt>{t("models.lineage.runtime")}</dt>
            <dd>
              <VersionLink link={runtime} />
            </dd>
          </>
        )}
        {maker && (
          <>
            <dt>{t("models.lineage.maker")}</dt>
            <dd>
              <JobLines jobs={[maker]} focus={version.version} />
            </dd>
          </>
        )}
      </dl>
    </section>
  );
}
