import {
  CaretRightOutlined,
  DownOutlined,
  PauseOutlined,
  PushpinOutlined,
  RedoOutlined,
  StopOutlined,
} from "@ant-design/icons";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Button, type MenuProps, Popconfirm } from "antd";
import { lazy, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { api, ok } from "../api/client";
import { useIntention } from "../api/once";
import type { components } from "../api/schema";
import { useMessages } from "../shell/messages";
import { Scene } from "../shell/Scene";
import { Dropdown } from "../ui/Dropdown";
import { useComplaint } from "../ui/Trouble";
import { cancel, mark, pause, remove, resume } from "./acting";
import type { Job } from "./queries";
import { isOver } from "./states";

const SaveTemplate = lazy(() => import("./SaveTemplate"));

type Again = components["schemas"]["AgainJob"];

/** What can be asked of a job, as its state has it. */
export default function Actions({ job, project }: { job: Job; project: string }) {
  const { t } = useTranslation();
  const act = useAct(project);
  const [keeping, setKeeping] = useState(false);
  const over = isOver(job.state);
  const stoppable = !over && job.state !== "CANCELLING";
  const pausable = ["CREATED", "READY", "RUNNING"].includes(job.state) && job.want !== "pause";
  const resumable = ["PAUSED", "CANCELED", "FAIL", "UNKNOWN"].includes(job.state);
  const canceling = job.want === "cancel" && !over;
  return (
    <div className="job-actions">
      {pausable && !canceling && (
        <Button
          icon={<PauseOutlined aria-hidden />}
          loading={act.isPending}
          onClick={() => act.mutate([() => pause(project, job.id), t("jobs.acts.pausing")])}
        >
          {t("jobs.acts.pause")}
        </Button>
      )}
      {resumable && (
        <Button
          icon={<CaretRightOutlined aria-hidden />}
          loading={act.isPending}
          onClick={() => act.mutate([() => resume(project, job.id), t("jobs.acts.resumed")])}
        >
          {t("jobs.acts.resume")}
        </Button>
      )}
      {(stoppable || canceling) && (
        <Popconfirm
          title={t(canceling ? "jobs.acts.forceSure" : "jobs.acts.cancelSure")}
          description={t(canceling ? "jobs.acts.forceText" : "jobs.acts.cancelText")}
          okText={t(canceling ? "jobs.acts.force" : "jobs.acts.cancel")}
          okButtonProps={{ danger: true }}
          cancelText={t("jobs.acts.back")}
          onConfirm={() => act.mutate([() => cancel(project, job.id, canceling), t("jobs.acts.canceling")])}
        >
          <Button danger icon={<StopOutlined aria-hidden />} loading={act.isPending}>
            {t(canceling ? "jobs.acts.force" : "jobs.acts.cancel")}
          </Button>
        </Popconfirm>
      )}
      <AgainButton job={job} project={project} />
      <More job={job} project={project} keep={() => setKeeping(true)} />
      {keeping && (
        <Scene waiting={null}>
          <SaveTemplate project={project} source={{ job: job.id }} close={() => setKeeping(false)} />
        </Scene>
      )}
    </div>
  );
}

/** Does something to the job, tells that it was done, and looks again. */
function useAct(project: string) {
  const message = useMessages();
  const complain = useComplaint();
  const asking = useQueryClient();
  return useMutation({
    mutationFn: ([act]: [act: () => Promise<unknown>, told: string]) => act(),
    onSuccess: (_, [, told]) => void message.success(told),
    onError: (error) => complain(error),
    onSettled: () => asking.invalidateQueries({ queryKey: ["jobs", project] }),
  });
}

function AgainButton({ job, project }: { job: Job; project: string }) {
  const { t } = useTranslation();
  const message = useMessages();
  const complain = useComplaint();
  const navigate = useNavigate();
  const intention = useIntention<Again>();
  const running = useMutation({
    mutationFn: (latest: boolean) => {
      const meant = intention.meant({ latest }, () => ({ latest, priority: job.priority }));
      return ok(
        api.POST("/api/v1/projects/{project}/jobs/{job}/again", {
          ...meant,
          params: { ...meant.params, path: { project, job: job.id } },
        }),
      );
    },
    onSuccess: (made) => {
      intention.done();
      message.success(t("jobs.acts.againDone"));
      navigate(`/projects/${project}/jobs/${made.id}`);
    },
    onError: (error) => complain(error),
  });
  const items: MenuProps["items"] = [
    { key: "same", label: t("jobs.acts.againSame") },
    { key: "latest", label: t("jobs.acts.againLatest") },
    { key: "changed", label: t("jobs.acts.againChanged") },
  ];
  const choose = ({ key }: { key: string }): void => {
    if (key === "changed") navigate(`/projects/${project}/jobs/new?from=${job.id}`);
    else running.mutate(key === "latest");
  };
  return (
    <Dropdown menu={{ items, onClick: choose }} trigger={["click"]}>
      <Button icon={<RedoOutlined aria-hidden />} loading={running.isPending}>
        {t("jobs.acts.again")} <DownOutlined aria-hidden />
      </Button>
    </Dropdown>
  );
}

function More({ job, project, keep }: { job: Job; project: string; keep: () => void }) {
  const { t } = useTranslation();
  const act = useAct(project);
  const navigate = useNavigate();
  const [asked, setAsked] = useState(false);
  const items: MenuProps["items"] = [
    {
      key: "pin",
      icon: <PushpinOutlined aria-hidden />,
      label: t(job.pinned ? "jobs.acts.unpin" : "jobs.acts.pin"),
    },
    { key: "keep", label: t("jobs.acts.keep") },
    { type: "divider" },
    { key: "remove", danger: true, disabled: job.pinned, label: t("jobs.acts.remove") },
  ];
  const choose = ({ key }: { key: string }): void => {
    if (key === "keep") keep();
    else if (key === "remove") setAsked(true);
    else
      act.mutate([
        () => mark(project, job.id, { pinned: !job.pinned }),
        t(job.pinned ? "jobs.acts.unpinned" : "jobs.acts.pinned"),
      ]);
  };
  const goes = async (): Promise<void> => {
    await act.mutateAsync([() => remove(project, job.id), t("jobs.acts.removed")]);
    navigate(`/projects/${project}/jobs`);
  };
  return (
    <Popconfirm
      open={asked}
      onOpenChange={(open) => !open && setAsked(false)}
      title={t("jobs.acts.removeSure")}
      okText={t("jobs.acts.remove")}
      okButtonProps={{ danger: true }}
      cancelText={t("app.cancel")}
      onConfirm={() => goes().catch(() => undefined)}
      onCancel={() => setAsked(false)}
    >
      <Dropdown menu={{ items, onClick: choose }} trigger={["click"]}>
        <Button>
          {t("jobs.acts.more")} <DownOutlined aria-hidden />
        </Button>
      </Dropdown>
    </Popconfirm>
  );
}
