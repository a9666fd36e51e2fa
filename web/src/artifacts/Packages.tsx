import { CaretDownFilled, CaretUpFilled } from "@ant-design/icons";
import { Button, Empty } from "antd";
import { type ReactNode, useDeferredValue } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useList } from "../api/lists";
import { CopyButton } from "../ui/Copyable";
import { More } from "../ui/More";
import { Time } from "../ui/Time";
import { Beginnings } from "./Beginnings";
import { type Kind, nameAddress, ownTags, type Package, short, versionAddress } from "./kinds";
import { packagesQuery, useRights } from "./queries";
import { sized } from "./sizes";
import { TagList } from "./TagList";
import { type Sort, sortedBy, type View } from "./view";

/** A figure that a kind has and others have not, such as rows. */
export interface Fact {
  title: string;
  of: (latest: NonNullable<Package["latest"]>) => ReactNode;
}

interface Props {
  kind: Kind;
  project: string;
  view: View;
  show: (view: Partial<View>) => void;
  fact: Fact | undefined;
}

export function Packages({ kind, project, view, show, fact }: Props) {
  const { t } = useTranslation();
  // While others are looked for, those that are shown stay.
  const shown = useDeferredValue(view);
  const { found, items, total } = useList(packagesQuery(kind, project, shown));
  if (items.length === 0) return <Nothing kind={kind} project={project} view={shown} show={show} />;
  const header = (sort: Sort, title: string, className?: string) => (
    <Header view={view} sort={sort} title={title} show={show} {...(className && { className })} />
  );
  return (
    <>
      <table className="sheet" aria-busy={found.isFetching}>
        <thead>
          <tr>
            {header("name", t("artifacts.name"))}
            <th scope="col">{t("artifacts.latest")}</th>
            {fact && (
              <th scope="col" className="figure">
                {fact.title}
              </th>
            )}
            <th scope="col" className="figure">
              {t("artifacts.versions")}
            </th>
            {header("size", t("artifacts.size"), "figure")}
            {header("changed", t("artifacts.changed"))}
          </tr>
        </thead>
        <tbody>
          {items.map((each) => (
            <Line key={each.name} kind={kind} project={project} of={each} fact={fact} />
          ))}
        </tbody>
      </table>
      <More shown={items.length} total={total} found={found} />
    </>
  );
}

interface HeaderProps {
  view: View;
  sort: Sort;
  title: string;
  className?: string;
  show: (view: Partial<View>) => void;
}

function Header({ view, sort, title, className, show }: HeaderProps) {
  const sorted = view.sort === sort;
  const Icon = view.descending ? CaretDownFilled : CaretUpFilled;
  return (
    <th
      scope="col"
      className={className}
      aria-sort={sorted ? (view.descending ? "descending" : "ascending") : "none"}
    >
      <button type="button" onClick={() => show(sortedBy(view, sort))}>
        {title} {sorted && <Icon aria-hidden />}
      </button>
    </th>
  );
}

function Line(properties: { kind: Kind; project: string; of: Package; fact: Fact | undefined }) {
  const { kind, project, of, fact } = properties;
  const { t, i18n } = useTranslation();
  const { name, latest } = of;
  const number = new Intl.NumberFormat(i18n.language);
  return (
    <tr>
      <th scope="row">
        <Link to={nameAddress({ kind, project, name })}>{name}</Link>
      </th>
      <td data-title={t("artifacts.latest")}>
        {latest ? (
          <>
            <Link to={versionAddress(latest)} className="mono">
              {short(latest.version)}
            </Link>{" "}
            <CopyButton text={latest.version} label={t("steps.copy", { what: short(latest.version) })} />{" "}
            <TagList tags={ownTags(latest)} />
            {latest.message && <div className="faint message">{latest.message}</div>}
          </>
        ) : (
          <span className="faint">{t("artifacts.noVersion")}</span>
        )}
      </td>
      {fact && (
        <td className="figure" data-title={fact.title}>
          {latest ? fact.of(latest) : "–"}
        </td>
      )}
      <td className="figure" data-title={t("artifacts.versions")}>
        {number.format(of.versions)}
      </td>
      <td className="figure" data-title={t("artifacts.size")}>
        {sized(of.size)}
      </td>
      <td className="faint" data-title={t("artifacts.changed")}>
        <Time at={of.changed_at} words={(when) => t("artifacts.by", { who: of.changed_by, when })} />
      </td>
    </tr>
  );
}

function Nothing({ kind, project, view, show }: Omit<Props, "fact">) {
  const { t } = useTranslation();
  const { writes } = useRights(project);
  if (view.search)
    return (
      <Empty
        className="nothing"
        description={<strong>{t("artifacts.nothingFound", { search: view.search })}</strong>}
      >
        <Button onClick={() => show({ search: "" })}>{t("artifacts.showAll")}</Button>
      </Empty>
    );
  return (
    <>
      <Empty className="nothing" description={<strong>{t(`artifacts.empty.${kind}`)}</strong>}>
        <p className="faint">{t(`artifacts.emptyText.${kind}`)}</p>
      </Empty>
      {writes && <Beginnings kind={kind} project={project} />}
    </>
  );
}
