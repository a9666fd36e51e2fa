import { SwapOutlined } from "@ant-design/icons";
import { useSuspenseQuery } from "@tanstack/react-query";
import { Button, Empty } from "antd";
import { lazy, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";
import { Scene } from "../shell/Scene";
import { ProjectCrumbs } from "../ui/ProjectCrumbs";
import { type Kind, listAddress, nameAddress, type Version } from "./kinds";
import { versionQuery } from "./queries";
import "./artifacts.css";
import { useAddress } from "../ui/useSearch";

const VersionSelect = lazy(() => import("./VersionSelect"));
const VersionBefore = lazy(() => import("./VersionBefore"));

interface Props {
  kind: Kind;
  children: (from: Version, to: Version) => ReactNode;
}

/** The page of what differs between two versions of one name, which are chosen in the address. */
export function DiffFrame({ kind, children }: Props) {
  const { t } = useTranslation();
  const { project = "", name = "" } = useParams();
  const [parameters, change] = useAddress();
  const from = parameters.get("from") ?? "";
  const to = parameters.get("to") || "latest";
  // What is chosen of two other versions means nothing for these.
  const show = (next: { from?: string; to?: string }): void =>
    change(
      (now) => new URLSearchParams({ from: now.get("from") ?? "", to: now.get("to") || "latest", ...next }),
    );
  const of = { kind, project, name };
  return (
    <>
      <title>{`${t("artifacts.diff.title")} · ${name} · ${t("app.name")}`}</title>
      <ProjectCrumbs
        project={project}
        above={[
          { to: listAddress(of), title: t(`artifacts.kinds.${kind}`) },
          { to: nameAddress(of), title: name },
        ]}
        here={t("artifacts.diff.title")}
      />
      <div className="heading">
        <h1>{t("artifacts.diff.heading", { name })}</h1>
      </div>
      <div className="tools sides">
        <Scene waiting={null}>
          <VersionSelect
            of={of}
            label={t("artifacts.diff.before")}
            value={from}
            choose={(from) => show({ from })}
          />
          <Button
            icon={<SwapOutlined aria-hidden />}
            aria-label={t("artifacts.diff.swap")}
            title={t("artifacts.diff.swap")}
            disabled={!from}
            onClick={() => show({ from: to, to: from })}
          />
          <VersionSelect of={of} label={t("artifacts.diff.after")} value={to} choose={(to) => show({ to })} />
        </Scene>
      </div>
      {from ? (
        <Scene key={`${from} ${to}`}>
          <Both of={of} from={from} to={to}>
            {children}
          </Both>
        </Scene>
      ) : (
        <Empty className="nothing" description={<strong>{t("artifacts.diff.choose")}</strong>}>
          <Scene waiting={null}>
            <VersionBefore of={of} to={to} choose={(from) => show({ from })} />
          </Scene>
        </Empty>
      )}
    </>
  );
}

interface BothProps {
  of: { kind: Kind; project: string; name: string };
  from: string;
  to: string;
  children: Props["children"];
}

function Both({ of: { kind, project, name }, from, to, children }: BothProps) {
  const { data: one } = useSuspenseQuery(versionQuery(kind, project, name, from));
  const { data: other } = useSuspenseQuery(versionQuery(kind, project, name, to));
  return children(one, other);
}
