import { useMutation, useQueryClient, useSuspenseQuery } from "@tanstack/react-query";
import { Button, Popconfirm } from "antd";
import { lazy, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate, useParams } from "react-router";
import { useMessages } from "../../shell/messages";
import { Scene } from "../../shell/Scene";
import { Tag } from "../../ui/Tag";
import { Time } from "../../ui/Time";
import { useComplaint } from "../../ui/Trouble";
import { Deliveries } from "./Deliveries";
import { hookQuery, removeHook, renewSecret } from "./hooks";
import { ProjectFrame } from "./ProjectFrame";
import { HookState } from "./WebhooksPage";

const ShownOnce = lazy(() => import("../../ui/ShownOnce"));
const EditWebhook = lazy(() => import("./EditWebhook"));

export default function WebhookPage() {
  const { t } = useTranslation();
  const { project = "", webhook = "" } = useParams();
  const number = Number(webhook);
  const all = { to: `/projects/${encodeURIComponent(project)}/webhooks`, title: t("admin.webhooks.title") };
  return (
    <ProjectFrame
      project={project}
      title={t("admin.webhooks.one", { number: String(number) })}
      above={[all]}
      owners
    >
      <Hook project={project} number={number} />
      <Deliveries project={project} number={number} />
    </ProjectFrame>
  );
}

function Hook({ project, number }: { project: string; number: number }) {
  const { t } = useTranslation();
  const [changing, setChanging] = useState(false);
  const { data } = useSuspenseQuery(hookQuery(project, number));
  const { value: hook, etag } = data;
  return (
    <section className="panel" aria-label={t("admin.webhooks.about")}>
      <dl className="facts">
        <dt>{t("admin.webhooks.url")}</dt>
        <dd>
          <code>{hook.url}</code> <HookState hook={hook} />
        </dd>
        <dt>{t("admin.webhooks.events")}</dt>
        <dd className="tags">
          {hook.events.map((each) => (
            <Tag key={each}>{each}</Tag>
          ))}
        </dd>
        {hook.description && (
          <>
            <dt>{t("projects.description")}</dt>
            <dd>{hook.description}</dd>
          </>
        )}
        <dt>{t("account.since")}</dt>
        <dd>
          <Time
            at={hook.created_at}
            words={(when) => t("admin.users.madeBy", { when, who: hook.created_by })}
          />
        </dd>
      </dl>
      <div className="buttons">
        <Button onClick={() => setChanging(true)}>{t("admin.webhooks.change")}</Button>
        <Renew project={project} number={number} />
        <Remove project={project} number={number} />
      </div>
      {changing && (
        <Scene waiting={null}>
          <EditWebhook project={project} hook={hook} etag={etag} close={() => setChanging(false)} />
        </Scene>
      )}
    </section>
  );
}

function Renew({ project, number }: { project: string; number: number }) {
  const { t } = useTranslation();
  const complain = useComplaint();
  const renewing = useMutation({
    mutationFn: () => renewSecret(project, number),
    onError: (error) => complain(error),
  });
  return (
    <>
      <Popconfirm
        title={t("admin.webhooks.renewSure")}
        description={t("admin.webhooks.renewText")}
        okText={t("admin.webhooks.renew")}
        cancelText={t("app.cancel")}
        onConfirm={() => renewing.mutateAsync().catch(() => undefined)}
      >
        <Button loading={renewing.isPending}>{t("admin.webhooks.renew")}</Button>
      </Popconfirm>
      {renewing.data && (
        <Scene waiting={null}>
          <ShownOnce
            title={t("admin.webhooks.renewed")}
            text={t("admin.webhooks.secretOnce")}
            label={t("admin.webhooks.secret")}
            secret={renewing.data.secret}
            close={() => renewing.reset()}
          />
        </Scene>
      )}
    </>
  );
}

function Remove({ project, number }: { project: string; number: number }) {
  const { t } = useTranslation();
  const message = useMessages();
  const complain = useComplaint();
  const asking = useQueryClient();
  const navigate = useNavigate();
  const removing = useMutation({
    mutationFn: () => removeHook(project, number),
    onSuccess: async () => {
      message.success(t("admin.webhooks.removed"));
      navigate(`/projects/${encodeURIComponent(project)}/webhooks`, { replace: true });
      await asking.invalidateQueries({ queryKey: ["webhooks", project, "list"] });
    },
    onError: (error) => complain(error),
  });
  return (
    <Popconfirm
      title={t("admin.webhooks.removeSure")}
      description={t("admin.webhooks.removeText")}
      okText={t("admin.remove")}
      okButtonProps={{ danger: true }}
      cancelText={t("app.cancel")}
      onConfirm={() => removing.mutateAsync().catch(() => undefined)}
    >
      <Button danger loading={removing.isPending}>
        {t("admin.remove")}
      </Button>
    </Popconfirm>
  );
}
