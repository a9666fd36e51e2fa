import { useSuspenseQuery } from "@tanstack/react-query";
import { Button, Empty, Popconfirm } from "antd";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";
import { useMe } from "../../account/me";
import { useList } from "../../api/lists";
import { bytes } from "../../i18n/amounts";
import { owns, projectQuery } from "../../projects/queries";
import { CopyButton } from "../../ui/Copyable";
import { More } from "../../ui/More";
import { Tag } from "../../ui/Tag";
import { Time } from "../../ui/Time";
import { ProjectFrame } from "./ProjectFrame";
import { empty, purge, restore, type Thrown, trashQuery, useAct } from "./trash";

export default function TrashPage() {
  const { t } = useTranslation();
  const { project = "" } = useParams();
  return (
    <ProjectFrame project={project} title={t("admin.trash.title")}>
      <p className="faint">{t("admin.trash.text")}</p>
      <section className="panel" aria-label={t("admin.trash.title")}>
        <Things project={project} />
      </section>
    </ProjectFrame>
  );
}

function Things({ project }: { project: string }) {
  const { t } = useTranslation();
  const me = useMe();
  const { data } = useSuspenseQuery(projectQuery(project));
  const owner = owns(data.value, me);
  const writes = owner || data.value.role === "MAINTAINER";
  const { found, items, total } = useList(trashQuery(project));
  if (items.length === 0)
    return (
      <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={<strong>{t("projects.empty.trash")}</strong>}>
        <p className="faint">{t("admin.trash.emptyText")}</p>
      </Empty>
    );
  return (
    <>
      {owner && <EmptyTrash project={project} />}
      <ul className="lines">
        {items.map((thing) => (
          <Line key={thing.item} project={project} thing={thing} writes={writes} owner={owner} />
        ))}
      </ul>
      <More shown={items.length} total={total} found={found} />
    </>
  );
}

interface LineProps {
  project: string;
  thing: Thrown;
  writes: boolean;
  owner: boolean;
}

function Line({ project, thing, writes, owner }: LineProps) {
  const { t, i18n } = useTranslation();
  const { kind, version, size } = thing;
  // What goes or comes back is one version, or one job of many with this handler.
  const name = [thing.name, version?.slice(0, 12)].filter(Boolean).join(" ");
  const restoring = useAct(
    () => restore(project, thing.item),
    () => t("projects.recovered", { name }),
  );
  const purging = useAct(
    () => purge(project, thing.item),
    () => t("projects.purged", { name }),
  );
  return (
    <li>
      <div className="what">
        <Tag>{t(`admin.trash.kinds.${kind}`)}</Tag> <strong>{thing.name}</strong>{" "}
        {version && (
          <span className="nowrap">
            <code className="faint">{version.slice(0, 12)}</code>
            <CopyButton text={version} label={t("admin.trash.copy")} />
          </span>
        )}
        <div className="faint">
          <Time at={thing.removed_at} words={(when) => t("projects.removed", { when })} />
          {size !== null && <> · {bytes(size, i18n.language)}</>}
        </div>
      </div>
      {writes && (
        <Button
          size="small"
          loading={restoring.isPending}
          onClick={() => restoring.mutate()}
          aria-label={t("admin.trash.restoreOf", { name })}
        >
          {t("projects.recover")}
        </Button>
      )}
      {owner && (
        <Popconfirm
          title={t("projects.purgeSure", { name })}
          description={t("admin.trash.purgeText")}
          okText={t("projects.purge")}
          okButtonProps={{ danger: true }}
          cancelText={t("app.cancel")}
          onConfirm={() => purging.mutateAsync().catch(() => undefined)}
        >
          <Button
            size="small"
            danger
            loading={purging.isPending}
            aria-label={t("admin.trash.purgeOf", { name })}
          >
            {t("projects.purge")}
          </Button>
        </Popconfirm>
      )}
    </li>
  );
}

function EmptyTrash({ project }: { project: string }) {
  const { t } = useTranslation();
  const emptying = useAct(
    () => empty(project),
    ({ gone }) => t("admin.trash.emptied", { amount: gone }),
  );
  return (
    <div className="beside">
      <Popconfirm
        title={t("admin.trash.emptySure")}
        description={t("admin.trash.emptySureText")}
        okText={t("admin.trash.empty")}
        okButtonProps={{ danger: true }}
        cancelText={t("app.cancel")}
        onConfirm={() => emptying.mutateAsync().catch(() => undefined)}
      >
        <Button size="small" danger loading={emptying.isPending}>
          {t("admin.trash.empty")}
        </Button>
      </Popconfirm>
    </div>
  );
}
