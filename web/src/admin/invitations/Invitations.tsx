import { MailOutlined } from "@ant-design/icons";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Button, Popconfirm } from "antd";
import { lazy, useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { useList } from "../../api/lists";
import { useMessages } from "../../shell/messages";
import { Scene } from "../../shell/Scene";
import { More } from "../../ui/More";
import { Tag } from "../../ui/Tag";
import { Time } from "../../ui/Time";
import { useComplaint } from "../../ui/Trouble";
import { type Invitation, invitationsQuery, revoke, stateOf } from "./queries";

const NewInvitation = lazy(() => import("./NewInvitation"));

/** The invitations to a project, or to the instance where none is named. */
export default function Invitations({ project }: { project: string }) {
  const { t } = useTranslation();
  const title = useId();
  const [making, setMaking] = useState(false);
  return (
    <section className="panel" aria-labelledby={title}>
      <div className="heading">
        <h2 id={title}>{t("admin.invitations.title")}</h2>
        <Button size="small" icon={<MailOutlined aria-hidden />} onClick={() => setMaking(true)}>
          {t("admin.invitations.make")}
        </Button>
      </div>
      <p className="faint">{t(project ? "admin.invitations.textProject" : "admin.invitations.text")}</p>
      <Scene>
        <Lines project={project} />
      </Scene>
      {making && (
        <Scene waiting={null}>
          <NewInvitation project={project} close={() => setMaking(false)} />
        </Scene>
      )}
    </section>
  );
}

function Lines({ project }: { project: string }) {
  const { t } = useTranslation();
  const { found, items, total } = useList(invitationsQuery(project));
  if (items.length === 0) return <p className="faint quiet">{t("admin.invitations.none")}</p>;
  return (
    <>
      <ul className="lines">
        {items.map((each) => (
          <Line key={each.id} project={project} invitation={each} />
        ))}
      </ul>
      {found.hasNextPage && <More shown={items.length} total={total} found={found} />}
    </>
  );
}

function Line({ project, invitation }: { project: string; invitation: Invitation }) {
  const { t } = useTranslation();
  const message = useMessages();
  const complain = useComplaint();
  const asking = useQueryClient();
  const state = stateOf(invitation);
  const name = invitation.email || t("admin.invitations.anybody");
  const revoking = useMutation({
    mutationFn: () => revoke(project, invitation.id),
    onSuccess: () => message.success(t("admin.invitations.revoked")),
    onError: (error) => complain(error),
    onSettled: () => asking.invalidateQueries({ queryKey: ["invitations", project] }),
  });
  const when = {
    open: <Time at={invitation.expires_at} words={(when) => t("admin.invitations.until", { when })} />,
    used: <Time at={invitation.used_at ?? ""} words={(when) => t("admin.invitations.usedAt", { when })} />,
    over: <Time at={invitation.expires_at} words={(when) => t("admin.invitations.overSince", { when })} />,
  }[state];
  return (
    <li>
      <div className="what">
        <strong>{name}</strong> {invitation.role && <Tag>{t(`roles.${invitation.role}`)}</Tag>}{" "}
        {state !== "open" && <Tag>{t(`admin.invitations.states.${state}`)}</Tag>}
        <div className="faint">
          {t("admin.invitations.by", { who: invitation.created_by })} · {when}
        </div>
      </div>
      {state === "open" && (
        <Popconfirm
          title={t("admin.invitations.revokeSure", { name })}
          description={t("admin.invitations.revokeText")}
          okText={t("tokens.revoke")}
          okButtonProps={{ danger: true }}
          cancelText={t("app.cancel")}
          onConfirm={() => revoking.mutateAsync().catch(() => undefined)}
        >
          <Button size="small" danger loading={revoking.isPending}>
            {t("tokens.revoke")}
          </Button>
        </Popconfirm>
      )}
    </li>
  );
}
