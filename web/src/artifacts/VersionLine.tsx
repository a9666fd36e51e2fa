import { lazy, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { Scene } from "../shell/Scene";
import { CopyButton } from "../ui/Copyable";
import { Tag } from "../ui/Tag";
import { Time } from "../ui/Time";
import { isLatest, short, type Version, versionAddress } from "./kinds";
import { useRights } from "./queries";
import { sized } from "./sizes";
import { TagEditor } from "./TagEditor";

const VersionActs = lazy(() => import("./VersionActs"));

interface Props {
  version: Version;
  fact: ((version: Version) => ReactNode) | undefined;
  children: ReactNode;
}

/** One version in the history of its package. */
export function VersionLine({ version, fact, children }: Props) {
  const { t } = useTranslation();
  const { removed_at: removed } = version;
  const { writes } = useRights(version.project);
  const told = fact?.(version);
  return (
    <li>
      {children}
      <div className="what">
        <div className="line">
          {removed ? (
            <span className="mono faint">{short(version.version)}</span>
          ) : (
            <Link to={versionAddress(version)} className="mono">
              {short(version.version)}
            </Link>
          )}
          <CopyButton text={version.version} label={t("artifacts.copyVersion")} />
          <span className="faint">v{version.seq}</span>
          {isLatest(version) && <Tag tone="good">{t("artifacts.latestTag")}</Tag>}
          {removed ? <Tag>{t("artifacts.inTrash")}</Tag> : <TagEditor version={version} />}
        </div>
        {version.message && <div className="message">{version.message}</div>}
        <div className="faint">
          {sized(version.size)}
          {told && <> · {told}</>}
          {" · "}
          <Time
            at={version.created_at}
            words={(when) => t("artifacts.by", { who: version.created_by, when })}
          />
          {removed && (
            <>
              {" · "}
              <Time at={removed} words={(when) => t("artifacts.removedWhen", { when })} />
            </>
          )}
        </div>
      </div>
      {writes && (
        <Scene waiting={null}>
          <VersionActs version={version} />
        </Scene>
      )}
    </li>
  );
}
