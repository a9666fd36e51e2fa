import { CodeOutlined, DiffOutlined, ShareAltOutlined } from "@ant-design/icons";
import { useSuspenseQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { lazy, type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";
import { useMe } from "../account/me";
import { Scene } from "../shell/Scene";
import { tabAddress } from "../ui/address";
import { CopyButton } from "../ui/Copyable";
import { ProjectCrumbs } from "../ui/ProjectCrumbs";
import { Tag } from "../ui/Tag";
import { Time } from "../ui/Time";
import {
  diffAddress,
  isLatest,
  type Kind,
  listAddress,
  nameAddress,
  short,
  uriOf,
  type Version,
} from "./kinds";
import { versionQuery } from "./queries";
import { sized } from "./sizes";
import { type Command, usesOf } from "./snippets";
import { TagEditor } from "./TagEditor";
import "./artifacts.css";
import { useAddress } from "../ui/useSearch";

const Share = lazy(() => import("./Share"));
const Uses = lazy(() => import("./Uses"));

/** One tab of the page of a version; the first is shown where the address names none. */
export interface VersionTab {
  key: string;
  title: string;
  body: (version: Version) => ReactNode;
}

interface Props {
  kind: Kind;
  tabs: VersionTab[];
  /** Buttons beside the heading. */
  actions?: (version: Version) => ReactNode;
  /** Said beside the size. */
  fact?: (version: Version) => ReactNode;
  /** Commands and snippets of the kind's own. */
  commands?: (version: Version) => Command[];
}

/** The page of one version: what it is called, whose it is, what is in it. */
export function VersionFrame({ kind, tabs, actions, fact, commands }: Props) {
  const { t } = useTranslation();
  const { project = "", name = "", version: wanted = "" } = useParams();
  const { data: version } = useSuspenseQuery(versionQuery(kind, project, name, wanted));
  const [parameters] = useAddress();
  const shown = tabs.find(({ key }) => key === parameters.get("tab")) ?? tabs[0];
  return (
    <>
      <title>{`${name} ${short(version.version)} · ${t("app.name")}`}</title>
      <ProjectCrumbs
        project={project}
        above={[
          { to: listAddress({ kind, project }), title: t(`artifacts.kinds.${kind}`) },
          { to: nameAddress({ kind, project, name }), title: name },
        ]}
        here={short(version.version)}
      />
      <div className="heading">
        <h1>{name}</h1>
        {actions?.(version)}
        <Acts version={version} commands={commands?.(version) ?? usesOf(version)} />
      </div>
      <Facts version={version} fact={fact?.(version)} />
      {version.message && <p className="lead message">{version.message}</p>}
      {tabs.length > 1 && (
        <nav className="tabs" aria-label={t("artifacts.tabs")}>
          {tabs.map(({ key, title }) => (
            <Link
              key={key}
              to={tabAddress(parameters, key, tabs[0]?.key)}
              preventScrollReset
              aria-current={key === shown?.key ? "page" : undefined}
            >
              {title}
            </Link>
          ))}
        </nav>
      )}
      <Scene key={shown?.key}>{shown?.body(version)}</Scene>
    </>
  );
}

function Facts({ version, fact }: { version: Version; fact: ReactNode }) {
  const { t } = useTranslation();
  return (
    <div className="versionfacts">
      <div className="line">
        <code>{short(version.version)}</code>
        <CopyButton text={version.version} label={t("artifacts.copyVersion")} />
        <span className="faint">v{version.seq}</span>
        {isLatest(version) && <Tag tone="good">{t("artifacts.latestTag")}</Tag>}
        {version.removed_at && <Tag>{t("artifacts.inTrash")}</Tag>}
        <TagEditor version={version} />
      </div>
      <div className="faint">
        {sized(version.size)}
        {fact && <> · {fact}</>}
        {" · "}
        <Time
          at={version.created_at}
          words={(when) => t("artifacts.by", { who: version.created_by, when })}
        />
      </div>
      <div className="line uri">
        <code className="faint">{uriOf({ ...version, version: short(version.version) })}</code>
        <CopyButton text={uriOf(version)} label={t("artifacts.copyUri")} />
      </div>
    </div>
  );
}

function Acts({ version, commands }: { version: Version; commands: Command[] }) {
  const { t } = useTranslation();
  const me = useMe();
  const [open, setOpen] = useState<"share" | "use">();
  const close = (): void => setOpen(undefined);
  return (
    <>
      {version.parent && (
        <Link to={diffAddress(version, version.parent, version.version)} className="aslink">
          <DiffOutlined aria-hidden /> {t("artifacts.compareParent")}
        </Link>
      )}
      <Button icon={<CodeOutlined aria-hidden />} onClick={() => setOpen("use")}>
        {t("artifacts.use")}
      </Button>
      {me && (
        <Button icon={<ShareAltOutlined aria-hidden />} onClick={() => setOpen("share")}>
          {t("artifacts.share")}
        </Button>
      )}
      <Scene waiting={null}>
        {open === "use" && <Uses commands={commands} close={close} />}
        {open === "share" && <Share version={version} close={close} />}
      </Scene>
    </>
  );
}
