import { useSuspenseQuery } from "@tanstack/react-query";
import { Alert } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { short, type Version, versionAddress } from "../artifacts/kinds";
import { CopyButton } from "../ui/Copyable";
import type { Facts, FileFacts, Tensor } from "./facts";
import { lineageQuery } from "./lineage/queries";
import { factsQuery } from "./queries";

/** What a model is, as its files tell; nothing of it was run to find out. */
export function FactsPanel({ version }: { version: Version }) {
  const { t } = useTranslation();
  const { data: facts } = useSuspenseQuery(factsQuery(version));
  const parts = facts.declared ? [facts.declared, ...facts.files] : facts.files;
  return (
    <div>
      {facts.dangers.length > 0 && (
        <Alert
          type="warning"
          showIcon
          className="trouble"
          title={t("models.beware")}
          description={t("models.bewareText", { names: facts.dangers.join(", ") })}
        />
      )}
      <section className="panel" aria-labelledby="facts">
        <h2 id="facts">{t("models.facts")}</h2>
        <Labels facts={facts} />
        <Packed version={version} />
        {facts.problem && <p className="faint">{t("models.unreadable", { why: facts.problem })}</p>}
      </section>
      {parts.map((each) => (
        <File key={each.path} facts={each} />
      ))}
    </div>
  );
}

function Labels({ facts }: { facts: Facts }) {
  const { t } = useTranslation();
  const count = useCount();
  if (facts.labels.length === 0) return <p className="faint">{t("models.nothingKnown")}</p>;
  return facts.labels.map(({ framework, className, parameters }) => (
    <p key={`${framework} ${className} ${parameters}`} className="label">
      <strong>{framework}</strong>
      {className && (
        <>
          {" · "}
          <code>{className}</code>
        </>
      )}
      {parameters !== undefined && (
        <>
          {" · "}
          {t("models.parameterCount", { count: count(parameters) })}
        </>
      )}
    </p>
  ));
}

function Packed({ version }: { version: Version }) {
  const { t } = useTranslation();
  const { data } = useSuspenseQuery(lineageQuery("model", version, 1));
  const { runtime } = data;
  return (
    <dl className="facts">
      <dt>{t("models.runtime")}</dt>
      <dd>
        {!runtime && <span className="faint">{t("models.noRuntime")}</span>}
        {runtime?.hidden && <span className="faint">{t("models.lineage.hiddenOne")}</span>}
        {runtime &&
          !runtime.hidden &&
          (runtime.seq === null || runtime.kind === "job" ? (
            <>
              {runtime.name} <code className="faint">{short(runtime.version)}</code>{" "}
              <CopyButton text={runtime.version} label={t("steps.copy", { what: short(runtime.version) })} />
            </>
          ) : (
            <Link to={versionAddress({ ...runtime, kind: "runtime" })}>
              {runtime.name} <span className="faint">v{runtime.seq}</span>
            </Link>
          ))}
      </dd>
    </dl>
  );
}

function File({ facts }: { facts: FileFacts }) {
  const { t } = useTranslation();
  const count = useCount();
  const told: [string, string][] = [
    [t("models.format"), facts.format],
    [t("models.framework"), facts.framework],
    [t("models.class"), facts.className],
    [t("models.parameters"), facts.parameters === undefined ? "" : count(facts.parameters)],
    [t("models.trainable"), facts.trainable === undefined ? "" : count(facts.trainable)],
    [t("models.precision"), facts.types.map(([type, each]) => `${type} (${count(each)})`).join(", ")],
  ];
  return (
    <section className="panel">
      <h3 className="titled">{facts.path ? <code>{facts.path}</code> : t("models.declared")}</h3>
      <dl className="facts">
        {told
          .filter(([, value]) => value)
          .map(([name, value]) => (
            <div key={name} className="pair">
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
      </dl>
      {facts.problem && <p className="faint">{t("models.unreadable", { why: facts.problem })}</p>}
      <Tensors title={t("models.inputs")} tensors={facts.inputs} total={facts.inputs.length} />
      <Tensors title={t("models.outputs")} tensors={facts.outputs} total={facts.outputs.length} />
      <Tensors title={t("models.tensors")} tensors={facts.tensors} total={facts.tensorCount} />
      {facts.imports.length > 0 && <Imports facts={facts} />}
      {facts.details.length > 0 && (
        <details>
          <summary>{t("models.details")}</summary>
          <dl className="facts">
            {facts.details.map(([name, value]) => (
              <div key={name} className="pair">
                <dt>{name}</dt>
                <dd>
                  <code>{value}</code>
                </dd>
              </div>
            ))}
          </dl>
        </details>
      )}
    </section>
  );
}

const FIRST = 50;

function Tensors({ title, tensors, total }: { title: string; tensors: Tensor[]; total: number }) {
  const { t } = useTranslation();
  const count = useCount();
  if (tensors.length === 0) return null;
  const shown = tensors.slice(0, FIRST);
  const told = { shown: count(shown.length), total: count(Math.max(total, tensors.length)) };
  return (
    <details open={tensors.length <= 4}>
      <summary>
        {title} <span className="faint">{t("models.tensorsShown", told)}</span>
      </summary>
      <ul className="tensors">
        {shown.map((each, place) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: they may be called the same
          <li key={place}>
            <code>{each.name}</code> <span className="faint">{each.type + each.shape}</span>
          </li>
        ))}
      </ul>
    </details>
  );
}

function Imports({ facts }: { facts: FileFacts }) {
  const { t } = useTranslation();
  return (
    <details open={facts.imports.some(({ trust }) => trust === "dangerous")}>
      <summary>{t("models.imports")}</summary>
      <ul className="tensors">
        {facts.imports.slice(0, FIRST).map(({ name, trust }) => (
          <li key={name}>
            <code>{name}</code> <span className={`trust ${trust}`}>{t(`models.trust.${trust}`)}</span>
          </li>
        ))}
      </ul>
    </details>
  );
}

function useCount(): (count: number) => string {
  const { i18n } = useTranslation();
  const number = new Intl.NumberFormat(i18n.language);
  return (count) => number.format(count);
}
