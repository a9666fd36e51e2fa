import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Button, Empty, Popconfirm } from "antd";
import { useTranslation } from "react-i18next";
import { Link, useNavigate } from "react-router";
import { api, ok } from "../../api/client";
import { useList } from "../../api/lists";
import { useIntention } from "../../api/once";
import type { components } from "../../api/schema";
import { useMessages } from "../../shell/messages";
import { CopyButton } from "../../ui/Copyable";
import { More } from "../../ui/More";
import { Time } from "../../ui/Time";
import { useComplaint } from "../../ui/Trouble";
import { named, shortHandler } from "../names";
import { orderOfBlueprint } from "../new/order";
import { type Template, templatesQuery } from "./queries";

export function Templates({ project, writes }: { project: string; writes: boolean }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { found, items, total } = useList(templatesQuery(project));
  if (items.length === 0)
    return (
      <Empty className="nothing" description={<strong>{t("jobs.templates.empty")}</strong>}>
        <p className="faint">{t("jobs.templates.emptyText")}</p>
        {writes && (
          <Button type="primary" onClick={() => navigate(`/projects/${project}/jobs/new`)}>
            {t("jobs.make")}
          </Button>
        )}
      </Empty>
    );
  return (
    <section className="panel" aria-label={t("jobs.parts.templates")}>
      <ul className="lines">
        {items.map((template) => (
          <Line key={template.name} template={template} project={project} writes={writes} />
        ))}
      </ul>
      {found.hasNextPage && <More shown={items.length} total={total} found={found} />}
    </section>
  );
}

function Line({ template, project, writes }: { template: Template; project: string; writes: boolean }) {
  const { t } = useTranslation();
  const order = orderOfBlueprint(template.blueprint);
  const model = named(order.model, project, "model");
  const datasets = order.datasets.map((each) => named(each, project, "dataset"));
  return (
    <li className="template">
      <div className="what">
        <strong>{template.name}</strong>
        <CopyButton text={template.name} label={t("steps.copy", { what: template.name })} />
        <div>
          {order.handler ? <code>{shortHandler(order.handler)}</code> : t("jobs.templates.unreadable")}
          {model && (
            <>
              {" · "}
              <Link to={model.path}>{model.name}</Link>
            </>
          )}
          {datasets.map(
            (each) =>
              each && (
                <span key={each.path}>
                  {" · "}
                  <Link to={each.path}>{each.name}</Link>
                </span>
              ),
          )}
        </div>
        {order.comment && <div>{order.comment}</div>}
        <div className="faint">
          <Time
            at={template.created_at}
            words={(when) => t("jobs.templates.by", { who: template.created_by, when })}
          />
        </div>
      </div>
      {writes && <Acts template={template} project={project} />}
    </li>
  );
}

function Acts({ template: { name }, project }: { template: Template; project: string }) {
  const { t } = useTranslation();
  const message = useMessages();
  const complain = useComplaint();
  const asking = useQueryClient();
  const navigate = useNavigate();
  const intention = useIntention<components["schemas"]["Wishes"]>();
  const onError = (error: unknown) => complain(error);
  const running = useMutation({
    mutationFn: () => {
      const meant = intention.meant(name, () => ({ priority: 0 }));
      return ok(
        api.POST("/api/v1/projects/{project}/templates/{name}/jobs", {
          ...meant,
          params: { ...meant.params, path: { project, name } },
        }),
      );
    },
    onSuccess: ({ id }) => {
      intention.done();
      message.success(t("jobs.order.sent"));
      navigate(`/projects/${project}/jobs/${id}`);
    },
    onError,
  });
  const removing = useMutation({
    mutationFn: () =>
      ok(api.DELETE("/api/v1/projects/{project}/templates/{name}", { params: { path: { project, name } } })),
    onSuccess: () => {
      message.success(t("jobs.templates.removed", { name }));
      void asking.invalidateQueries({ queryKey: ["schedules", project] });
      return asking.invalidateQueries({ queryKey: ["templates", project] });
    },
    onError,
  });
  const word = encodeURIComponent(name);
  return (
    <div className="line-acts">
      <Button type="primary" size="small" loading={running.isPending} onClick={() => running.mutate()}>
        {t("jobs.templates.run")}
      </Button>
      <Button size="small" onClick={() => navigate(`/projects/${project}/jobs/new?template=${word}`)}>
        {t("jobs.templates.fork")}
      </Button>
      <Button size="small" onClick={() => navigate(`/projects/${project}/jobs/schedules?template=${word}`)}>
        {t("jobs.templates.schedule")}
      </Button>
      <Popconfirm
        title={t("jobs.templates.removeSure", { name })}
        description={t("jobs.templates.removeText")}
        okText={t("jobs.templates.remove")}
        okButtonProps={{ danger: true }}
        cancelText={t("app.cancel")}
        onConfirm={() => removing.mutateAsync().catch(() => undefined)}
      >
        <Button danger type="text" size="small" loading={removing.isPending}>
          {t("jobs.templates.remove")}
        </Button>
      </Popconfirm>
    </div>
  );
}
