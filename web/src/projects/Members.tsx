import { UserAddOutlined } from "@ant-design/icons";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Button, Empty, Modal, Popconfirm, Select } from "antd";
import { lazy, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { useMe } from "../account/me";
import { api, ok } from "../api/client";
import { useList } from "../api/lists";
import type { components } from "../api/schema";
import { useMessages } from "../shell/messages";
import { Scene } from "../shell/Scene";
import { More } from "../ui/More";
import { Tag } from "../ui/Tag";
import { useComplaint } from "../ui/Trouble";
import { membersQuery, type Role } from "./queries";
import { useRoles } from "./roles";

const AddMember = lazy(() => import("./AddMember"));

type Member = components["schemas"]["Member"];

export default function Members({ project, owner }: { project: string; owner: boolean }) {
  const { t } = useTranslation();
  const [adding, setAdding] = useState(false);
  const { found, items, total } = useList(membersQuery(project));
  return (
    <section className="panel" aria-labelledby="members">
      <div className="heading">
        <h2 id="members">{t("members.title")}</h2>
        {owner && (
          <Button size="small" icon={<UserAddOutlined aria-hidden />} onClick={() => setAdding(true)}>
            {t("members.add")}
          </Button>
        )}
      </div>
      {items.length === 0 && (
        <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={<strong>{t("members.empty")}</strong>} />
      )}
      <ul className="lines">
        {items.map((member) => (
          <Line key={member.user} project={project} member={member} owner={owner} />
        ))}
      </ul>
      {found.hasNextPage && <More shown={items.length} total={total} found={found} />}
      {adding && (
        <Scene waiting={null}>
          <AddMember project={project} close={() => setAdding(false)} />
        </Scene>
      )}
    </section>
  );
}

function Line({ project, member, owner }: { project: string; member: Member; owner: boolean }) {
  const { t } = useTranslation();
  const message = useMessages();
  const complain = useComplaint();
  const asking = useQueryClient();
  const roles = useRoles();
  const { user, role } = member;
  const me = useMe();
  const mine = me?.name === user;
  const changing = useMutation({
    mutationFn: (wanted: Role) =>
      ok(
        api.PUT("/api/v1/projects/{project}/members/{user}", {
          params: { path: { project, user } },
          body: { role: wanted },
        }),
      ),
    onSuccess: (_, wanted) =>
      message.success(t("members.changed", { name: user, role: t(`roles.${wanted}`) })),
    onError: (error) => complain(error),
    onSettled: () => refresh(asking, project, mine),
  });
  const [modal, holder] = Modal.useModal();
  const change = (wanted: Role): void => {
    if (!mine || me?.admin) changing.mutate(wanted);
    // Whoever gives up a role of his own cannot take it back, but for administrators.
    else
      void modal.confirm({
        title: t("members.ownSure", { role: t(`roles.${wanted}`) }),
        okText: t("members.ownChange"),
        okButtonProps: { danger: true },
        cancelText: t("app.cancel"),
        onOk: () => changing.mutate(wanted),
      });
  };
  return (
    <li>
      {holder}
      <div className="what">
        <strong>{user}</strong> {mine && <Tag tone="info">{t("members.you")}</Tag>}
      </div>
      {owner ? (
        <Select
          size="small"
          aria-label={t("members.roleOf", { name: user })}
          value={role}
          options={roles}
          loading={changing.isPending}
          onChange={change}
          popupMatchSelectWidth={false}
          optionLabelProp="short"
          className="role"
        />
      ) : (
        <Tag>{t(`roles.${role}`)}</Tag>
      )}
      {(owner || mine) && <Remove project={project} user={user} mine={mine} />}
    </li>
  );
}

function Remove({ project, user, mine }: { project: string; user: string; mine: boolean }) {
  const { t } = useTranslation();
  const message = useMessages();
  const complain = useComplaint();
  const asking = useQueryClient();
  const navigate = useNavigate();
  const removing = useMutation({
    mutationFn: () =>
      ok(
        api.DELETE("/api/v1/projects/{project}/members/{user}", {
          params: { path: { project, user } },
        }),
      ),
    onSuccess: () => {
      message.success(t("members.removed", { name: user }));
      if (mine) navigate("/projects");
      return refresh(asking, project, mine);
    },
    onError: (error) => complain(error),
  });
  const label = mine ? t("members.leave") : t("members.remove", { name: user });
  return (
    <Popconfirm
      title={mine ? t("members.leaveSure") : t("members.removeSure", { name: user })}
      okText={label}
      okButtonProps={{ danger: true }}
      cancelText={t("app.cancel")}
      onConfirm={() => removing.mutateAsync().catch(() => undefined)}
    >
      <Button type="text" size="small" danger aria-label={label} title={label} loading={removing.isPending}>
        ×
      </Button>
    </Popconfirm>
  );
}

async function refresh(
  asking: ReturnType<typeof useQueryClient>,
  project: string,
  mine: boolean,
): Promise<void> {
  await asking.invalidateQueries({ queryKey: ["members", project] });
  // What one may do in a project comes with the project.
  if (mine) await asking.invalidateQueries({ queryKey: ["projects"] });
}
