import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Button, Empty, Popconfirm, Switch } from "antd";
import { useTranslation } from "react-i18next";
import { api, ok } from "../../api/client";
import { useList } from "../../api/lists";
import { exact } from "../../i18n/times";
import { useMessages } from "../../shell/messages";
import { More } from "../../ui/More";
import { Tag } from "../../ui/Tag";
import { useComplaint } from "../../ui/Trouble";
import { type Schedule, schedulesQuery } from "../templates/queries";

export function Schedules({ project, writes }: { project: string; writes: boolean }) {
  const { t } = useTranslation();
  const { found, items, total } = useList(schedulesQuery(project));
  if (items.length === 0)
    return (
      <Empty className="nothing" description={<strong>{t("jobs.schedules.empty")}</strong>}>
        <p className="faint">{t("jobs.schedules.emptyText")}</p>
      </Empty>
    );
  return (
    <section className="panel" aria-label={t("jobs.parts.schedules")}>
      <ul className="lines">
        {items.map((schedule) => (
          <Line key={schedule.id} schedule={schedule} project={project} writes={writes} />
        ))}
      </ul>
      {found.hasNextPage && <More shown={items.length} total={total} found={found} />}
    </section>
  );
}

function Line({ schedule, project, writes }: { schedule: Schedule; project: string; writes: boolean }) {
  const { t, i18n } = useTranslation();
  const { name, due, last, enabled } = schedule;
  const at = (time: string) => exact(time, i18n.language);
  return (
    <li className="template">
      <div className="what">
        <strong>{name}</strong> {!enabled && <Tag>{t("jobs.schedules.resting")}</Tag>}
        <div>
          {t("jobs.schedules.runs", { template: schedule.template })} · <code>{schedule.cron}</code> ·{" "}
          {schedule.zone}
        </div>
        <div className="faint">
          {enabled && due ? t("jobs.schedules.due", { when: at(due) }) : t("jobs.schedules.notDue")}
          {" · "}
          {last ? t("jobs.schedules.last", { when: at(last) }) : t("jobs.schedules.never")}
          {" · "}
          {schedule.created_by}
        </div>
      </div>
      {writes && <Acts schedule={schedule} project={project} />}
    </li>
  );
}

function Acts({ schedule: { name, enabled }, project }: { schedule: Schedule; project: string }) {
  const { t } = useTranslation();
  const message = useMessages();
  const complain = useComplaint();
  const asking = useQueryClient();
  const params = { path: { project, name } };
  const acting = useMutation({
    mutationFn: ([act]: [act: () => Promise<unknown>, told: string]) => act(),
    onSuccess: (_, [, told]) => void message.success(told),
    onError: (error) => complain(error),
    onSettled: () => asking.invalidateQueries({ queryKey: ["schedules", project] }),
  });
  const enable = (wanted: boolean): void =>
    acting.mutate([
      () =>
        ok(api.PATCH("/api/v1/projects/{project}/schedules/{name}", { params, body: { enabled: wanted } })),
      t(wanted ? "jobs.schedules.enabled" : "jobs.schedules.disabled", { name }),
    ]);
  const remove = () =>
    acting.mutateAsync([
      () => ok(api.DELETE("/api/v1/projects/{project}/schedules/{name}", { params })),
      t("jobs.schedules.removed", { name }),
    ]);
  return (
    <div className="line-acts">
      <Switch
        checked={enabled}
        loading={acting.isPending}
        aria-label={t("jobs.schedules.enable", { name })}
        onChange={enable}
      />
      <Popconfirm
        title={t("jobs.schedules.removeSure", { name })}
        okText={t("jobs.schedules.remove")}
        okButtonProps={{ danger: true }}
        cancelText={t("app.cancel")}
        onConfirm={() => remove().catch(() => undefined)}
      >
        <Button danger type="text" size="small">
          {t("jobs.schedules.remove")}
        </Button>
      </Popconfirm>
    </div>
  );
}
