import { useSuspenseQuery } from "@tanstack/react-query";
import { Alert, Empty } from "antd";
import { lazy } from "react";
import { useTranslation } from "react-i18next";
import { Scene } from "../../shell/Scene";
import { Tag } from "../../ui/Tag";
import { DiffFrame } from "../DiffFrame";
import type { Version } from "../kinds";
import { sized } from "../sizes";
import { type Change, changesQuery, type FileKind, type Place, sideQuery } from "./queries";
import { languageOf } from "./shown";
import "./files.css";
import { useSaid } from "../../ui/useSearch";

const SideBySide = lazy(() => import("../code/SideBySide"));

/** The page of which files two versions differ in, and how each of them does. */
export function FilesDiff({ kind }: { kind: FileKind }) {
  return <DiffFrame kind={kind}>{(from, to) => <Compared kind={kind} from={from} to={to} />}</DiffFrame>;
}

interface ComparedProps {
  kind: FileKind;
  from: Version;
  to: Version;
  /** What is shown before somebody has chosen, if it differs. */
  first?: string;
}

/** Which files differ between two versions, with the one that is chosen side by side. */
export function Compared({ kind, from, to, first }: ComparedProps) {
  const { t, i18n } = useTranslation();
  const [parameters, say] = useSaid();
  const one: Place = { ...from, kind };
  const { data: found } = useSuspenseQuery(changesQuery(one, to.version));
  const number = new Intl.NumberFormat(i18n.language);
  const counts = { added: found.added, removed: found.removed, changed: found.changed };
  const of = (wanted: string | null) => found.items.find(({ path }) => path === wanted);
  const chosen = of(parameters.get("path")) ?? of(first ?? "") ?? found.items[0];
  const choose = (path: string): void => say({ path });
  if (!chosen) return <Empty className="nothing" description={<strong>{t("artifacts.diff.same")}</strong>} />;
  return (
    <>
      <p className="counted">
        {(["added", "removed", "changed"] as const).map((each) => (
          <span key={each} className={`change ${each}`}>
            {t(`artifacts.diff.${each}`, { count: number.format(counts[each]) })}
          </span>
        ))}
        <span className="faint">
          {t("artifacts.diff.unchanged", { count: number.format(found.unchanged) })}
        </span>
      </p>
      {found.items.length < found.total && (
        <p className="faint">
          {t("artifacts.diff.first", {
            shown: number.format(found.items.length),
            total: number.format(found.total),
          })}
        </p>
      )}
      <div className="files">
        <nav className="tree panel" aria-label={t("artifacts.files.tree")}>
          <ul>
            {found.items.map((each) => (
              <li key={each.path}>
                <button
                  type="button"
                  aria-current={each.path === chosen.path ? "true" : undefined}
                  onClick={() => choose(each.path)}
                >
                  <span className={`mark ${each.change}`} aria-hidden />
                  <span className="name">{each.path}</span>
                  <span className="unseen">{t(`artifacts.diff.kinds.${each.change}`)}</span>
                </button>
              </li>
            ))}
          </ul>
        </nav>
        <section className="preview panel" aria-label={t("artifacts.files.preview")}>
          <Scene key={chosen.path}>
            <OneFile change={chosen} from={one} to={{ ...to, kind }} />
          </Scene>
        </section>
      </div>
    </>
  );
}

function OneFile({ change, from, to }: { change: Change; from: Place; to: Place }) {
  const { t } = useTranslation();
  return (
    <>
      <div className="heading">
        <h2>{change.path}</h2>
        <Tag>{t(`artifacts.diff.kinds.${change.change}`)}</Tag>
        {change.mode_changed && <Tag>{t("artifacts.diff.mode")}</Tag>}
      </div>
      <p className="faint">
        {change.size_before !== null && sized(change.size_before)}
        {change.size_before !== null && change.size_after !== null && " → "}
        {change.size_after !== null && sized(change.size_after)}
      </p>
      {change.size_before === null ? (
        <Sides change={change} before={null} after={to} />
      ) : (
        <Sides change={change} before={from} after={change.size_after === null ? null : to} />
      )}
    </>
  );
}

function Sides({ change, before, after }: { change: Change; before: Place | null; after: Place | null }) {
  const { t } = useTranslation();
  const { data: one } = useSuspenseQuery(sideQuery(before, change.path));
  const { data: other } = useSuspenseQuery(sideQuery(after, change.path));
  if (one === null || other === null)
    return <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t("artifacts.diff.binary")} />;
  return (
    <>
      {!(one.is_whole && other.is_whole) && (
        <Alert
          type="warning"
          showIcon
          title={t("artifacts.files.cut", { size: sized(Math.max(one.size, other.size)) })}
          className="trouble"
        />
      )}
      <SideBySide
        before={one.text}
        after={other.text}
        language={languageOf(change.path)}
        labels={{ before: t("artifacts.diff.before"), after: t("artifacts.diff.after") }}
      />
    </>
  );
}
