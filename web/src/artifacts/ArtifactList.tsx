import { Segmented } from "antd";
import { lazy, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";
import { Scene } from "../shell/Scene";
import { ProjectCrumbs } from "../ui/ProjectCrumbs";
import { SearchInput } from "../ui/SearchInput";
import type { Kind } from "./kinds";
import { type Fact, Packages } from "./Packages";
import { parametersOf, SCOPES, type View, viewOf } from "./view";
import "./artifacts.css";
import { useAddress } from "../ui/useSearch";

const Trash = lazy(() => import("./Trash"));

interface Props {
  kind: Kind;
  /** Buttons beside the heading. */
  actions?: ReactNode;
  /** A column of the kind's own. */
  fact?: Fact;
}

/** The page of all datasets, models or runtimes of a project. */
export function ArtifactList({ kind, actions, fact }: Props) {
  const { t } = useTranslation();
  const { project = "" } = useParams();
  const [parameters, change] = useAddress();
  const view = viewOf(parameters);
  const show = (part: Partial<View>): void => change((now) => parametersOf({ ...viewOf(now), ...part }));
  return (
    <>
      <title>{`${t(`artifacts.kinds.${kind}`)} · ${project} · ${t("app.name")}`}</title>
      <ProjectCrumbs project={project} here={t(`artifacts.kinds.${kind}`)} />
      <div className="heading">
        <h1>{t(`artifacts.kinds.${kind}`)}</h1>
        {actions}
      </div>
      <div className="tools">
        {view.scope === "used" ? (
          <SearchInput
            label={t(`artifacts.search.${kind}`)}
            search={view.search}
            show={(search) => show({ search })}
          />
        ) : (
          <p className="search faint">{t("artifacts.trashText")}</p>
        )}
        <Segmented
          aria-label={t("artifacts.scope")}
          options={SCOPES.map((value) => ({ value, label: t(`artifacts.scopes.${value}`) }))}
          value={view.scope}
          onChange={(scope) => show({ scope, search: "" })}
        />
      </div>
      <Scene key={view.scope} of={String(parametersOf(view))}>
        {view.scope === "used" ? (
          <Packages kind={kind} project={project} view={view} show={show} fact={fact} />
        ) : (
          <Trash kind={kind} project={project} />
        )}
      </Scene>
    </>
  );
}
