import { useSuspenseQuery } from "@tanstack/react-query";
import { Button, Empty, Segmented } from "antd";
import { useDeferredValue } from "react";
import { useTranslation } from "react-i18next";
import type { Version } from "../artifacts/kinds";
import { DIFFERENCES, type DifferenceKind, differenceQuery } from "./queries";
import { RowChange } from "./RowChange";
import { keyText } from "./rows/queries";
import "./datasets.css";
import { useSaid } from "../ui/useSearch";

const KINDS = ["added", "removed", "changed"] as const;

/** What differs between two versions of a dataset: counts, columns, and the rows with their values side by side. */
export function Compared({ from, to }: { from: Version; to: Version }) {
  const { t, i18n } = useTranslation();
  const [parameters, say] = useSaid();
  const only = KINDS.find((each) => each === parameters.get("only"));
  const page = Math.max(0, Math.trunc(Number(parameters.get("page")) || 1) - 1);
  const shownOnly = useDeferredValue(only);
  const shownPage = useDeferredValue(page);
  const { data: found } = useSuspenseQuery(differenceQuery(from, to.version, shownOnly, shownPage));
  const number = new Intl.NumberFormat(i18n.language);
  const show = (next: { only?: DifferenceKind | undefined; page: number }): void =>
    say({ only: next.only ?? "", page: next.page > 0 ? String(next.page + 1) : "" });
  const all = found.added + found.removed + found.changed;
  if (all === 0 && found.columns.length === 0)
    return <Empty className="nothing" description={<strong>{t("artifacts.diff.same")}</strong>} />;
  const total = only ? found[only] : all;
  const pages = Math.ceil(total / DIFFERENCES);
  return (
    <>
      <p className="counted">
        {KINDS.map((each) => (
          <span key={each} className={`change ${each}`}>
            {t(`artifacts.diff.${each}`, { count: number.format(found[each]) })}
          </span>
        ))}
        <span className="faint">
          {t("artifacts.diff.unchanged", { count: number.format(found.unchanged) })}
        </span>
      </p>
      {found.columns.length > 0 && (
        <section className="panel">
          <h2>{t("datasets.diff.columns")}</h2>
          <ul className="lines">
            {found.columns.map(({ name, before, after }) => (
              <li key={name}>
                <span className="what">
                  <strong>{name}</strong>
                </span>
                <span>
                  {before === null ? (
                    <span className="change added">{t("datasets.diff.columnAdded", { type: after })}</span>
                  ) : after === null ? (
                    <span className="change removed">
                      {t("datasets.diff.columnRemoved", { type: before })}
                    </span>
                  ) : (
                    <code>
                      {before} → {after}
                    </code>
                  )}
                </span>
              </li>
            ))}
          </ul>
        </section>
      )}
      {all > 0 && (
        <section className="panel rowdiffs">
          <div className="heading">
            <h2>{t("datasets.diff.rows")}</h2>
            <Segmented<string>
              aria-label={t("datasets.diff.only")}
              value={only ?? "all"}
              options={[
                { value: "all", label: t("datasets.diff.all") },
                ...KINDS.map((value) => ({ value, label: t(`artifacts.diff.kinds.${value}`) })),
              ]}
              onChange={(value) => show({ only: KINDS.find((each) => each === value), page: 0 })}
            />
          </div>
          {found.examples.length === 0 && <p className="faint">{t("datasets.diff.none")}</p>}
          <ol className="rowchanges" aria-busy={shownOnly !== only || shownPage !== page}>
            {found.examples.map((each) => (
              <RowChange key={keyText(each.key)} change={each} from={from} to={to} />
            ))}
          </ol>
          {pages > 1 && (
            <nav className="more" aria-label={t("datasets.diff.pages")}>
              <Button disabled={page === 0} onClick={() => show({ only, page: page - 1 })}>
                {t("datasets.diff.back")}
              </Button>
              <span className="faint" role="status">
                {t("datasets.diff.page", { page: number.format(page + 1), pages: number.format(pages) })}
              </span>
              <Button disabled={page + 1 >= pages} onClick={() => show({ only, page: page + 1 })}>
                {t("datasets.diff.on")}
              </Button>
            </nav>
          )}
        </section>
      )}
    </>
  );
}
