import { Button, Empty, Popconfirm } from "antd";
import { useTranslation } from "react-i18next";
import { useList } from "../api/lists";
import type { components } from "../api/schema";
import { CopyButton } from "../ui/Copyable";
import { More } from "../ui/More";
import { Time } from "../ui/Time";
import { usePurge, useRestore } from "./changing";
import { type Kind, short } from "./kinds";
import { trashQuery, useRights } from "./queries";
import { sized } from "./sizes";

type Thrown = components["schemas"]["Thrown"];

/** What lies in the trash of a project, of one kind. */
export default function Trash({ kind, project }: { kind: Kind; project: string }) {
  const { t } = useTranslation();
  const { found, items, total } = useList(trashQuery(kind, project));
  if (items.length === 0)
    return <Empty className="nothing" description={<strong>{t("artifacts.trashEmpty")}</strong>} />;
  return (
    <section className="panel">
      <ul className="lines">
        {items.map((each) => (
          <Line key={each.item} kind={kind} project={project} of={each} />
        ))}
      </ul>
      {found.hasNextPage && <More shown={items.length} total={total} found={found} />}
    </section>
  );
}

function Line({ kind, project, of }: { kind: Kind; project: string; of: Thrown }) {
  const { t } = useTranslation();
  const { writes, manages } = useRights(project);
  const restoring = useRestore(kind, project);
  const purging = usePurge(kind, project);
  const shown = of.version ? `${of.name}/version/${short(of.version)}` : of.name;
  const thrown = { item: of.item, shown };
  return (
    <li>
      <div className="what">
        <strong>{of.name}</strong>{" "}
        {of.version && (
          <>
            <code className="faint">{short(of.version)}</code>{" "}
            <CopyButton text={of.version} label={t("steps.copy", { what: short(of.version) })} />
          </>
        )}
        <div className="faint">
          {t(of.version ? "artifacts.oneVersion" : "artifacts.allVersions")}
          {of.size !== null && ` · ${sized(of.size)}`}
          {" · "}
          <Time at={of.removed_at} words={(when) => t("artifacts.removedWhen", { when })} />
        </div>
      </div>
      {writes && (
        <Button size="small" loading={restoring.isPending} onClick={() => restoring.mutate(thrown)}>
          {t("artifacts.restore")}
        </Button>
      )}
      {manages && (
        <Popconfirm
          title={t("artifacts.purgeSure", { what: shown })}
          description={t("artifacts.purgeText")}
          okText={t("artifacts.purge")}
          okButtonProps={{ danger: true }}
          cancelText={t("app.cancel")}
          onConfirm={() => purging.mutateAsync(thrown).catch(() => undefined)}
        >
          <Button size="small" danger loading={purging.isPending}>
            {t("artifacts.purge")}
          </Button>
        </Popconfirm>
      )}
    </li>
  );
}
