import { useQuery } from "@tanstack/react-query";
import { Button, Popover } from "antd";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { wholeTextQuery } from "../artifacts/files/queries";
import type { Version } from "../artifacts/kinds";
import type { GridColumn } from "../grid";
import { CopyButton } from "../ui/Copyable";
import { hashesOf, normal, type Package } from "./packages";
import type { Lock } from "./queries";

/** What is told of each package. */
export function useColumns(version: Version, lock: Lock): GridColumn<Package>[] {
  const { t } = useTranslation();
  const hashes = useHashes(version, lock);
  return useMemo(
    () => [
      {
        key: "name",
        title: t("runtimes.columns.name"),
        width: 190,
        pinned: true,
        sortable: true,
        render: ({ name, marker }) => (
          <>
            <strong>{name}</strong>
            {marker && <span className="faint"> {marker}</span>}
          </>
        ),
      },
      {
        key: "version",
        title: t("runtimes.columns.version"),
        width: 120,
        sortable: true,
        render: ({ version }) => <code>{version || "–"}</code>,
      },
      {
        key: "from",
        title: t("runtimes.columns.from"),
        width: 210,
        sortable: true,
        render: (each) => <Origin of={each} />,
      },
      {
        key: "hashes",
        title: t("runtimes.columns.hashes"),
        width: 150,
        render: ({ name }) => <Hashes name={name} hashes={hashes.get(normal(name)) ?? []} />,
      },
    ],
    [t, hashes],
  );
}

function Origin({ of: { from, place } }: { of: Package }) {
  const { t } = useTranslation();
  return (
    <span title={place || undefined}>
      {t(`runtimes.from.${from}`)}
      {place && <code className="faint"> {place.replace(/^(git\+)?https?:\/\//, "")}</code>}
    </span>
  );
}

function Hashes({ name, hashes }: { name: string; hashes: string[] }) {
  const { t } = useTranslation();
  const [first] = hashes;
  if (!first) return <span className="faint">–</span>;
  const all = (
    <ul className="hashes">
      {hashes.map((each) => (
        <li key={each}>
          <code>{each}</code> <CopyButton text={each} label={t("runtimes.copyHash")} />
        </li>
      ))}
    </ul>
  );
  return (
    <Popover trigger="click" title={name} content={all} placement="bottomRight">
      <Button type="link" size="small" className="bare">
        {t("runtimes.hashCount", { count: hashes.length })}
      </Button>
    </Popover>
  );
}

/** Hashes stand in the text of the lock; they come when the packages are there already. */
function useHashes(version: Version, { name }: Lock): Map<string, string[]> {
  const { project, version: id } = version;
  const of = { kind: "runtime" as const, project, name: version.name, version: id };
  const { data } = useQuery(wholeTextQuery(of, `.starwhale/lock/${name}`));
  return useMemo(() => hashesOf(data ?? ""), [data]);
}
