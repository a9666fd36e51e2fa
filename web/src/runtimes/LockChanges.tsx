import { Empty } from "antd";
import { useTranslation } from "react-i18next";
import { useList } from "../api/lists";
import type { Version } from "../artifacts/kinds";
import { More } from "../ui/More";
import { changesOf } from "./changes";
import type { Package } from "./packages";
import { lockChangesQuery } from "./queries";

/** The packages that two versions pin differently. */
export function LockChanges({ from, to }: { from: Version; to: Version }) {
  const { t } = useTranslation();
  const { found, items, total } = useList(lockChangesQuery(from, to.version));
  const changes = changesOf(items);
  const count = (change: string): number => changes.filter((each) => each.change === change).length;
  return (
    <section className="panel" aria-labelledby="changes">
      <h2 id="changes">{t("runtimes.packages")}</h2>
      {changes.length === 0 ? (
        <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t("runtimes.same")} />
      ) : (
        <>
          {/* How many there are is known once all have come. */}
          {!found.hasNextPage && (
            <p className="counted">
              {(["added", "removed", "changed"] as const).map((each) => (
                <span key={each} className={`change ${each}`}>
                  {t(`artifacts.diff.${each}`, { count: count(each) })}
                </span>
              ))}
            </p>
          )}
          <table className="sheet">
            <thead>
              <tr>
                <th scope="col">{t("runtimes.columns.name")}</th>
                <th scope="col">{t("artifacts.diff.before")}</th>
                <th scope="col">{t("artifacts.diff.after")}</th>
                <th scope="col">{t("runtimes.made.platforms")}</th>
              </tr>
            </thead>
            <tbody>
              {changes.map(({ name, change, before, after, locks }) => (
                <tr key={`${name} ${locks.join()}`}>
                  <th scope="row">
                    <span className={`change ${change}`}>
                      {name}
                      <span className="unseen"> {t(`artifacts.diff.kinds.${change}`)}</span>
                    </span>
                  </th>
                  <td data-title={t("artifacts.diff.before")}>
                    <Pin of={before} />
                  </td>
                  <td data-title={t("artifacts.diff.after")}>
                    <Pin of={after} />
                  </td>
                  <td className="faint">{locks.join(", ")}</td>
                </tr>
              ))}
            </tbody>
          </table>
          {found.hasNextPage && <More shown={items.length} total={total} found={found} />}
        </>
      )}
    </section>
  );
}

function Pin({ of }: { of: Package | undefined }) {
  if (!of) return <span className="faint">–</span>;
  return <code title={of.place || undefined}>{of.version || of.place}</code>;
}
