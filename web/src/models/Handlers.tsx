import { CloudServerOutlined, PlayCircleOutlined } from "@ant-design/icons";
import { Empty } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { Version } from "../artifacts/kinds";
import { CopyButton } from "../ui/Copyable";
import { Tag } from "../ui/Tag";
import { Arguments } from "./Arguments";
import { argumentsOf, entriesOf, type Handler, stagesOf } from "./handlers";
import { Stages, shortName } from "./Stages";

interface Props {
  version: Version;
  handlers: Handler[];
  /** Whoever looks may make jobs of it. */
  runs: boolean;
}

/** All that a model does: what is run, each with its steps and arguments, and steps that run alone. */
export function Handlers({ version, handlers, runs }: Props) {
  const { t } = useTranslation();
  if (handlers.length === 0)
    return (
      <section className="panel">
        <Empty className="nothing" description={<strong>{t("models.noHandlers")}</strong>}>
          <p className="faint">{t("models.noHandlersText")}</p>
        </Empty>
      </section>
    );
  const entries = entriesOf(handlers);
  const others = handlers.filter((each) => !entries.includes(each));
  return (
    <section aria-labelledby="handlers">
      <h2 id="handlers" className="unseen">
        {t("models.handlers")}
      </h2>
      {entries.map((each) => (
        <Entry key={each.id} version={version} handler={each} handlers={handlers} runs={runs} />
      ))}
      {others.length > 0 && (
        <section className="panel">
          <h3 className="titled">{t("models.alone")}</h3>
          <ul className="lines">
            {others.map((each) => (
              <li key={each.id}>
                <div className="what">
                  <Name handler={each} />
                </div>
                {runs && <Run version={version} handler={each} />}
              </li>
            ))}
          </ul>
        </section>
      )}
    </section>
  );
}

function Entry({ version, handler, handlers, runs }: Props & { handler: Handler }) {
  const { t } = useTranslation();
  const stages = stagesOf(handlers, handler.id);
  const steps = stages.flat();
  const taken = argumentsOf(steps);
  return (
    <section className="panel handler">
      <div className="heading">
        <h3>{shortName(handler.name)}</h3>
        {runs && <Run version={version} handler={handler} main />}
      </div>
      <div className="tags inline">
        <Kind handler={handler} />
        {steps.some(({ needsDataset }) => needsDataset) && <Tag>{t("models.dataset")}</Tag>}
        {steps.some(({ needsValidation }) => needsValidation) && <Tag>{t("models.validation")}</Tag>}
        <code className="faint">{handler.id}</code>
        <CopyButton text={handler.id} label={t("models.copyHandler", { name: handler.name })} />
      </div>
      <Usual steps={steps} />
      {(steps.length > 1 || steps.some(tells)) && <Stages stages={stages} />}
      {taken.length > 0 && <Arguments taken={taken} several={steps.length > 1} />}
    </section>
  );
}

/** Whether a step by itself has more to tell than its name. */
function tells({ replicas, resources }: Handler): boolean {
  return replicas > 1 || resources.length > 0;
}

function Usual({ steps }: { steps: Handler[] }) {
  const { t } = useTranslation();
  const usual = [...new Set(steps.flatMap(({ datasets }) => datasets))];
  if (usual.length === 0) return null;
  return (
    <p className="faint">
      {t("models.usualDatasets")} <code>{usual.join(", ")}</code>
    </p>
  );
}

function Name({ handler }: { handler: Handler }) {
  return (
    <>
      <strong>{shortName(handler.name)}</strong> <Kind handler={handler} />
    </>
  );
}

const KINDS = ["predict", "evaluate", "finetune", "handler"] as const;

function Kind({ handler }: { handler: Handler }) {
  const { t } = useTranslation();
  if (handler.port > 0) return <Tag tone="good">{t("models.service", { port: String(handler.port) })}</Tag>;
  const kind = KINDS.find((each) => each === handler.kind) ?? "handler";
  return <Tag tone="info">{t(`models.kinds.${kind}`)}</Tag>;
}

function Run({ version, handler, main = false }: { version: Version; handler: Handler; main?: boolean }) {
  const { t } = useTranslation();
  const asked = new URLSearchParams({
    model: `${version.name}/version/${version.version}`,
    handler: handler.id,
  });
  const serves = handler.port > 0;
  return (
    <Link
      to={`/projects/${encodeURIComponent(version.project)}/jobs/new?${asked}`}
      className={main ? "act main" : "act"}
    >
      {serves ? <CloudServerOutlined aria-hidden /> : <PlayCircleOutlined aria-hidden />}
      {t(serves ? "models.serve" : "models.run")}
      <span className="unseen"> {shortName(handler.name)}</span>
    </Link>
  );
}
