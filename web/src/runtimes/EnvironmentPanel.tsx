import { useSuspenseQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { Version } from "../artifacts/kinds";
import { environmentQuery } from "./queries";

/** What the environment is made of, as its author asked for it. */
export function EnvironmentPanel({ version }: { version: Version }) {
  const { t } = useTranslation();
  const { data: made } = useSuspenseQuery(environmentQuery(version));
  const lines = ["mode", "python", "cuda", "cudnn", "os", "image"] as const;
  const lists = ["platforms", "requirements", "conda", "channels", "wheels", "commands", "indexes"] as const;
  return (
    <section className="panel" aria-labelledby="environment">
      <h2 id="environment">{t("runtimes.environment")}</h2>
      <dl className="facts">
        {lines
          .filter((each) => made[each])
          .map((each) => (
            <div key={each} className="pair">
              <dt>{t(`runtimes.made.${each}`)}</dt>
              <dd>{made[each]}</dd>
            </div>
          ))}
        {lists
          .filter((each) => made[each].length > 0)
          .map((each) => (
            <div key={each} className="pair">
              <dt>{t(`runtimes.made.${each}`)}</dt>
              <dd>
                {made[each].map((line) => (
                  <code key={line} className="row">
                    {line}
                  </code>
                ))}
              </dd>
            </div>
          ))}
        {made.indexes.length === 0 && made.requirements.length > 0 && (
          <div className="pair">
            <dt>{t("runtimes.made.indexes")}</dt>
            <dd className="faint">{t("runtimes.usualIndex")}</dd>
          </div>
        )}
      </dl>
    </section>
  );
}
