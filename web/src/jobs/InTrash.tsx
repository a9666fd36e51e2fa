import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Alert, Button } from "antd";
import { useTranslation } from "react-i18next";
import { useMessages } from "../shell/messages";
import { Time } from "../ui/Time";
import { useExplained } from "../ui/Trouble";
import { recover } from "./acting";
import type { Job } from "./queries";

interface Props {
  job: Job;
  project: string;
  writes: boolean;
}

/** Says of a job that it lies in the trash, and takes it out. */
export default function InTrash({ job, project, writes }: Props) {
  const { t } = useTranslation();
  const message = useMessages();
  const explained = useExplained();
  const asking = useQueryClient();
  const restoring = useMutation({
    mutationFn: () => recover(project, job.id),
    onSuccess: () => void message.success(t("jobs.acts.restored")),
    onError: (error) => void message.error(explained(error).title),
    onSettled: () => asking.invalidateQueries({ queryKey: ["jobs", project] }),
  });
  return (
    <Alert
      type="warning"
      showIcon
      className="trouble job-cause"
      title={<Time at={job.removed_at ?? ""} words={(when) => t("jobs.removedWhen", { when })} />}
      description={t("jobs.removedText")}
      {...(writes && {
        action: (
          <Button loading={restoring.isPending} onClick={() => restoring.mutate()}>
            {t("jobs.acts.restore")}
          </Button>
        ),
      })}
    />
  );
}
