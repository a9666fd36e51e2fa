import { CopyOutlined, DeleteOutlined, PlusOutlined } from "@ant-design/icons";
import { useMutation, useQueryClient, useSuspenseQuery } from "@tanstack/react-query";
import { Button, Empty, Popconfirm } from "antd";
import { lazy, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";
import { useMe } from "../account/me";
import { useList } from "../api/lists";
import { projectQuery } from "../projects/queries";
import { Scene } from "../shell/Scene";
import { More } from "../ui/More";
import { ProjectCrumbs } from "../ui/ProjectCrumbs";
import { Tag } from "../ui/Tag";
import { Time } from "../ui/Time";
import { useComplaint } from "../ui/Trouble";
import { duplicateReport, type Report, removeReport, reportsQuery } from "./queries";
import { copyNames } from "./titles";
import { writesIn } from "./writing";
import "./reports.css";

const NewReport = lazy(() => import("./NewReport"));

export default function ReportsPage() {
  const { project = "" } = useParams();
  return <Reports key={project} project={project} />;
}

function Reports({ project }: { project: string }) {
  const { t } = useTranslation();
  const me = useMe();
  const [making, setMaking] = useState(false);
  const { data: house } = useSuspenseQuery(projectQuery(project));
  const writes = writesIn(house.value.role, me);
  const { found, items, total } = useList(reportsQuery(project));
  const make = writes && (
    <Button type="primary" icon={<PlusOutlined aria-hidden />} onClick={() => setMaking(true)}>
      {t("reports.make")}
    </Button>
  );
  return (
    <>
      <title>{`${t("reports.title")} · ${project}`}</title>
      <ProjectCrumbs project={project} here={t("reports.title")} />
      <div className="heading">
        <h1>{t("reports.title")}</h1>
        {items.length > 0 && make}
      </div>
      {items.length === 0 ? (
        <section className="panel nothing">
          <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={<strong>{t("reports.none")}</strong>}>
            <p className="faint">{t("reports.noneText")}</p>
            {make}
          </Empty>
        </section>
      ) : (
        <>
          <section className="panel reports" aria-label={t("reports.title")}>
            <ul className="lines">
              {items.map((report) => (
                <Line key={report.id} project={project} report={report} writes={writes} />
              ))}
            </ul>
          </section>
          <More shown={items.length} total={total} found={found} />
        </>
      )}
      <Scene waiting={null}>{making && <NewReport project={project} close={() => setMaking(false)} />}</Scene>
    </>
  );
}

function Line({ project, report, writes }: { project: string; report: Report; writes: boolean }) {
  const { t } = useTranslation();
  const complain = useComplaint();
  const asking = useQueryClient();
  const common = {
    onSuccess: () => asking.invalidateQueries({ queryKey: ["reports", project, "list"] }),
    onError: (error: unknown) => complain(error),
  };
  const removing = useMutation({ mutationFn: () => removeReport(project, report.id), ...common });
  const copying = useMutation({
    mutationFn: () =>
      duplicateReport(
        project,
        report.id,
        copyNames((name) => t("reports.copyOf", { name }), report.name),
      ),
    ...common,
  });
  return (
    <li>
      <div className="what">
        <Link to={`/projects/${project}/reports/${report.id}`}>{report.name}</Link>
        <div className="faint">
          <Time
            at={report.changed_at}
            words={(when) => t("reports.changed", { who: report.changed_by, when })}
          />
        </div>
      </div>
      {report.published && <Tag tone="good">{t("reports.published")}</Tag>}
      {writes && (
        <>
          <Button
            type="text"
            icon={<CopyOutlined aria-hidden />}
            aria-label={`${t("reports.duplicate")}: ${report.name}`}
            title={t("reports.duplicate")}
            loading={copying.isPending}
            onClick={() => copying.mutate()}
          />
          <Popconfirm
            title={t("reports.removeSure", { name: report.name })}
            okText={t("reports.remove")}
            okButtonProps={{ danger: true }}
            cancelText={t("app.cancel")}
            onConfirm={() => removing.mutate()}
          >
            <Button
              type="text"
              icon={<DeleteOutlined aria-hidden />}
              aria-label={`${t("reports.remove")}: ${report.name}`}
              title={t("reports.remove")}
              loading={removing.isPending}
            />
          </Popconfirm>
        </>
      )}
    </li>
  );
}
