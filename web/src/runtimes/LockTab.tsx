import { useSuspenseQuery } from "@tanstack/react-query";
import { Alert, Empty, Select } from "antd";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { Version } from "../artifacts/kinds";
import { Grid, type SortBy, sourceOf } from "../grid";
import { Scene } from "../shell/Scene";
import { SearchInput } from "../ui/SearchInput";
import { useSaid } from "../ui/useSearch";
import { useColumns } from "./columns";
import { EnvironmentPanel } from "./EnvironmentPanel";
import { found, type Package, packageOf } from "./packages";
import { type Lock, locksQuery } from "./queries";

/** The packages of a runtime, and the environment that they make. */
export default function LockTab({ version }: { version: Version }) {
  const { t } = useTranslation();
  const { data: locks } = useSuspenseQuery(locksQuery(version));
  const [parameters] = useSaid();
  const lock = locks.find(({ name }) => name === parameters.get("lock")) ?? locks[0];
  return (
    <div className="columns">
      <section className="panel" aria-labelledby="packages">
        <h2 id="packages">{t("runtimes.packages")}</h2>
        {lock ? (
          <Packages version={version} locks={locks} lock={lock} />
        ) : (
          <Empty className="nothing" description={<strong>{t("runtimes.noLock")}</strong>}>
            <p className="faint">{t("runtimes.noLockText")}</p>
          </Empty>
        )}
      </section>
      <Scene>
        <EnvironmentPanel version={version} />
      </Scene>
    </div>
  );
}

function Packages({ version, locks, lock }: { version: Version; locks: Lock[]; lock: Lock }) {
  const { t } = useTranslation();
  const [parameters, say] = useSaid();
  const search = parameters.get("search") ?? "";
  const sort = useSort();
  const columns = useColumns(version, lock);
  const all = useMemo(
    () => Object.entries(lock.packages).map(([name, line]) => packageOf(name, line)),
    [lock],
  );
  const shown = useMemo(() => sortedBy(found(all, search), sort.by), [all, search, sort.by]);
  return (
    <>
      <div className="tools">
        <SearchInput label={t("runtimes.search")} search={search} show={(text) => say({ search: text })} />
        <Select
          aria-label={t("runtimes.platform")}
          value={lock.name}
          options={locks.map(({ name, platform, python }) => ({
            value: name,
            label: platform ? `${platform} · Python ${python}` : name.replace(/\.txt$/, ""),
          }))}
          onChange={(name) => say({ lock: name })}
          popupMatchSelectWidth={false}
        />
      </div>
      {lock.problem && (
        <Alert
          type="warning"
          showIcon
          className="trouble"
          title={t("runtimes.unreadable")}
          description={<span lang="en">{lock.problem}</span>}
        />
      )}
      <p className="faint" role="status">
        {t("runtimes.count", { shown: shown.length, total: all.length })}
      </p>
      <Grid<Package>
        key={lock.name}
        label={t("runtimes.packages")}
        columns={columns}
        rows={sourceOf(shown)}
        sort={sort.by}
        onSort={sort.set}
        empty={t("runtimes.nothingFound", { search })}
      />
    </>
  );
}

const KEYS = ["name", "version", "from"] as const;

/** The order of the packages, as the address says. */
function useSort(): { by: SortBy[]; set: (by: SortBy[]) => void } {
  const [parameters, say] = useSaid();
  const told = parameters.get("sort") ?? "name";
  const by = useMemo(() => {
    const key = KEYS.find((each) => each === told.replace(/^-/, ""));
    return key ? [{ key, descending: told.startsWith("-") }] : [];
  }, [told]);
  const set = ([first]: SortBy[]): void =>
    say({ sort: first ? `${first.descending ? "-" : ""}${first.key}` : "name" });
  return { by, set };
}

function sortedBy(packages: Package[], [by]: SortBy[]): Package[] {
  const key = KEYS.find((each) => each === by?.key);
  if (!key) return packages;
  const way = by?.descending ? -1 : 1;
  const text = (each: Package): string => (key === "from" ? each.from + each.place : each[key]);
  const compare = new Intl.Collator("en", { numeric: true }).compare;
  return packages.toSorted((one, other) => way * compare(text(one), text(other)));
}
