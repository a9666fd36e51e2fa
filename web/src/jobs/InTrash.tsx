import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Alert, Button } from "antd";
import { useTranslation } from "react-i18next";
import { exact } from "../i18n/times";
import { useMessages } from "../shell/messages";
import { useComplaint } from "../ui/Trouble";
import { recover } from "./acting";
import type { Job } from "./queries";

interface Props {
  job: Job;
  project: string;
  writes: boolean;
}

/** Says of a job that it lies in the trash, and takes it out. */
export default function InTrash({ job, project, writes }: Props) {
  const { t, i18n } = useTranslation();
  const message = useMessages();
  const complain = useComplaint();
  const asking = useQueryClient();
  const restoring = useMutation({
    mutationFn: () => recover(project, job.id),
    onSuccess: () => void message.success(t("jobs.acts.restored")),
    onError: (error) => complain(error),
    onSettled: () => asking.invalidateQueries({ queryKey: ["jobs", project] }),
  });
  return (
    <Alert
      type="warning"
      showIcon
      className="trouble job-cause"
      title={t("jobs.removedWhen", { when: exact(job.removed_at ?? "", i18n.language) })}
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
