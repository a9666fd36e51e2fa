import { PlusOutlined } from "@ant-design/icons";
import { Button, Empty } from "antd";
import { lazy, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";
import { useList } from "../../api/lists";
import { Scene } from "../../shell/Scene";
import { More } from "../../ui/More";
import { Tag } from "../../ui/Tag";
import { Time } from "../../ui/Time";
import { hooksQuery, type Webhook } from "./hooks";
import { ProjectFrame } from "./ProjectFrame";

const NewWebhook = lazy(() => import("./NewWebhook"));

export default function WebhooksPage() {
  const { t } = useTranslation();
  const { project = "" } = useParams();
  const [making, setMaking] = useState(false);
  const actions = (
    <Button type="primary" icon={<PlusOutlined aria-hidden />} onClick={() => setMaking(true)}>
      {t("admin.webhooks.make")}
    </Button>
  );
  return (
    <ProjectFrame project={project} title={t("admin.webhooks.title")} owners actions={actions}>
      <p className="faint">{t("admin.webhooks.text")}</p>
      <section className="panel" aria-label={t("admin.webhooks.title")}>
        <Hooks project={project} />
      </section>
      {making && (
        <Scene waiting={null}>
          <NewWebhook project={project} close={() => setMaking(false)} />
        </Scene>
      )}
    </ProjectFrame>
  );
}

function Hooks({ project }: { project: string }) {
  const { t } = useTranslation();
  const { found, items, total } = useList(hooksQuery(project));
  if (items.length === 0)
    return (
      <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={<strong>{t("admin.webhooks.none")}</strong>}>
        <p className="faint">{t("admin.webhooks.noneText")}</p>
      </Empty>
    );
  return (
    <>
      <ul className="lines">
        {items.map((hook) => (
          <Line key={hook.id} project={project} hook={hook} />
        ))}
      </ul>
      {found.hasNextPage && <More shown={items.length} total={total} found={found} />}
    </>
  );
}

function Line({ project, hook }: { project: string; hook: Webhook }) {
  const { t } = useTranslation();
  const { delivered_at: delivered } = hook;
  return (
    <li>
      <div className="what">
        <Link to={`/projects/${encodeURIComponent(project)}/webhooks/${hook.id}`}>
          <strong>{hook.url}</strong>
        </Link>{" "}
        <HookState hook={hook} />
        {hook.description && <div>{hook.description}</div>}
        <div className="tags">
          {hook.events.map((each) => (
            <Tag key={each}>{each}</Tag>
          ))}
        </div>
        <div className="faint">
          {delivered ? (
            <Time at={delivered} words={(when) => t("admin.webhooks.deliveredAt", { when })} />
          ) : (
            t("admin.webhooks.never")
          )}
        </div>
      </div>
    </li>
  );
}

export function HookState({ hook }: { hook: Webhook }) {
  const { t } = useTranslation();
  return (
    <>
      {!hook.active && <Tag>{t("admin.webhooks.stopped")}</Tag>}{" "}
      {hook.failures > 0 && <Tag tone="bad">{t("admin.webhooks.failures", { count: hook.failures })}</Tag>}
    </>
  );
}
