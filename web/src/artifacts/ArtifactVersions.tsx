import { DiffOutlined } from "@ant-design/icons";
import { Button, Checkbox, Empty, Switch } from "antd";
import { lazy, type ReactNode, useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate, useParams } from "react-router";
import { useList } from "../api/lists";
import { Scene } from "../shell/Scene";
import { CopyButton } from "../ui/Copyable";
import { More } from "../ui/More";
import { ProjectCrumbs } from "../ui/ProjectCrumbs";
import { choose, chosenOf, withChosen } from "./choosing";
import { diffAddress, type Kind, listAddress, uriOf, type Version } from "./kinds";
import { historyQuery, useRights } from "./queries";
import { VersionLine } from "./VersionLine";
import "./artifacts.css";
import { useAddress } from "../ui/useSearch";

const RemovePackage = lazy(() => import("./RemovePackage"));

interface Props {
  kind: Kind;
  /** Buttons beside the heading. */
  actions?: ReactNode;
  /** Said of each version, beside its size. */
  fact?: (version: Version) => ReactNode;
}

/** The page of one name: its versions, their tags, what became of them. */
export function ArtifactVersions({ kind, actions, fact }: Props) {
  const { t } = useTranslation();
  const { project = "", name = "" } = useParams();
  const [parameters, change] = useAddress();
  const removed = parameters.get("removed") === "yes";
  const toggle = useId();
  const { writes } = useRights(project);
  // What is not there has no heading and nothing that can be done with it.
  useList(historyQuery(kind, project, name, removed));
  const show = (wanted: boolean): void => change(() => new URLSearchParams(wanted ? { removed: "yes" } : {}));
  return (
    <>
      <title>{`${name} · ${t(`artifacts.kinds.${kind}`)} · ${t("app.name")}`}</title>
      <ProjectCrumbs
        project={project}
        above={[{ to: listAddress({ kind, project }), title: t(`artifacts.kinds.${kind}`) }]}
        here={name}
      />
      <div className="heading">
        <h1>
          {name} <CopyButton text={uriOf({ kind, project, name })} label={t("artifacts.copyUri")} />
        </h1>
        {actions}
        {writes && (
          <Scene waiting={null}>
            <RemovePackage kind={kind} project={project} name={name} />
          </Scene>
        )}
      </div>
      <section className="panel">
        <div className="heading">
          <h2>{t("artifacts.versions")}</h2>
          <span className="switch">
            <Switch id={toggle} size="small" checked={removed} onChange={show} />
            <label htmlFor={toggle}>{t("artifacts.showRemoved")}</label>
          </span>
        </div>
        <Scene key={String(removed)}>
          <Versions kind={kind} project={project} name={name} removed={removed} fact={fact} />
        </Scene>
      </section>
    </>
  );
}

const HINTS = ["none", "one", "two"] as const;

interface VersionsProps {
  kind: Kind;
  project: string;
  name: string;
  removed: boolean;
  fact: Props["fact"];
}

function Versions({ kind, project, name, removed, fact }: VersionsProps) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [parameters, change] = useAddress();
  const { found, items, total } = useList(historyQuery(kind, project, name, removed));
  // The page answers at once, the address as soon as it can.
  const [chosen, setChosen] = useState(() => chosenOf(parameters));
  const toggle = (version: string): void => {
    const next = choose(chosen, version);
    setChosen(next);
    change((now) => withChosen(now, next));
  };
  if (items.length === 0)
    return <Empty className="nothing" description={<strong>{t("artifacts.noVersions")}</strong>} />;
  // The list begins with the newest, and what an address names may lie further down than is shown.
  const placeOf = (which: string): number => {
    const place = items.findIndex(({ version }) => version === which);
    return place < 0 ? items.length : place;
  };
  const [one, other] = chosen.toSorted((a, b) => placeOf(a) - placeOf(b));
  const compare = (): void => {
    // What changed is read from the older one on.
    if (one && other) void navigate(diffAddress({ kind, project, name }, other, one));
  };
  return (
    <>
      <div className="compare">
        <Button icon={<DiffOutlined aria-hidden />} disabled={!(one && other)} onClick={compare}>
          {t("artifacts.compare")}
        </Button>
        <span className="faint" role="status">
          {t(`artifacts.compareHints.${HINTS[chosen.length] ?? "two"}`)}
        </span>
      </div>
      <ul className="lines versions">
        {items.map((each) => (
          <VersionLine key={each.version} version={each} fact={fact}>
            <Checkbox
              aria-label={t("artifacts.choose", { version: each.version.slice(0, 12) })}
              checked={chosen.includes(each.version)}
              disabled={each.removed_at !== null}
              onChange={() => toggle(each.version)}
            />
          </VersionLine>
        ))}
      </ul>
      <More shown={items.length} total={total} found={found} />
    </>
  );
}
