import { useSuspenseQuery } from "@tanstack/react-query";
import { lazy } from "react";
import { useTranslation } from "react-i18next";
import { problemOf } from "../api/fault";
import { textQuery } from "../artifacts/files/queries";
import { uriOf, type Version } from "../artifacts/kinds";
import { word } from "../projects/steps";
import { Scene } from "../shell/Scene";
import { Command } from "../ui/Copyable";

const Code = lazy(() => import("../artifacts/code/Code"));
const YAML = "runtime.yaml";

/** How a runtime is used, and what its author wrote. */
export default function About({ version }: { version: Version }) {
  return (
    <>
      <Commands version={version} />
      <Scene>
        <Written version={version} />
      </Scene>
    </>
  );
}

function Written({ version }: { version: Version }) {
  const { t } = useTranslation();
  const { project, name, version: id } = version;
  const asked = textQuery({ kind: "runtime", project, name, version: id }, YAML);
  const { data } = useSuspenseQuery({
    ...asked,
    // A package that was made of an environment may have none.
    queryFn: async (context) => {
      try {
        return (await asked.queryFn?.(context)) ?? null;
      } catch (error) {
        if (problemOf(error).status === 404) return null;
        throw error;
      }
    },
  });
  return (
    <section className="panel" aria-labelledby="yaml">
      <h2 id="yaml">{YAML}</h2>
      {data ? (
        <Code text={data.text} language="yaml" label={YAML} />
      ) : (
        <p className="faint">{t("runtimes.noYaml")}</p>
      )}
    </section>
  );
}

const ACTS = ["activate", "run", "model", "dockerize", "extract"] as const;

function Commands({ version }: { version: Version }) {
  const { t } = useTranslation();
  const uri = word(uriOf(version));
  const commands: Record<(typeof ACTS)[number], string> = {
    activate: `swcli runtime activate ${uri}`,
    run: `swcli runtime run ${uri} -- python train.py`,
    model: `swcli model run --uri digits --runtime ${uri}`,
    dockerize: `swcli runtime dockerize ${uri}`,
    extract: `swcli runtime extract ${uri}`,
  };
  return (
    <section className="panel" aria-labelledby="commands">
      <h2 id="commands">{t("runtimes.commands.title")}</h2>
      <p className="faint">{t("artifacts.useText")}</p>
      <ol className="steps">
        {ACTS.map((act) => (
          <li key={act}>
            <div>{t(`runtimes.commands.${act}`)}</div>
            <Command text={commands[act]} label={t("steps.copy", { what: t(`runtimes.commands.${act}`) })} />
          </li>
        ))}
      </ol>
    </section>
  );
}
