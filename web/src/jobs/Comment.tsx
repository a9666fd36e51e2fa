import { EditOutlined } from "@ant-design/icons";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Button, Input } from "antd";
import { useTranslation } from "react-i18next";
import { Trouble } from "../ui/Trouble";
import { mark } from "./acting";
import { type Job, jobQuery } from "./queries";

interface Props {
  job: Job;
  project: string;
  writes: boolean;
  /** What is being written; undefined where nothing is. Whoever looks into another tab meanwhile finds it again. */
  text: string | undefined;
  setText: (text: string | undefined) => void;
}

export function Comment({ job, project, writes, text, setText }: Props) {
  const { t } = useTranslation();
  const asking = useQueryClient();
  const saving = useMutation({
    mutationFn: (comment: string) => mark(project, job.id, { comment }),
    onSuccess: (saved) => {
      asking.setQueryData(jobQuery(project, job.id).queryKey, saved);
      setText(undefined);
    },
  });
  if (text === undefined)
    return (
      <p className="job-comment">
        {job.comment && <span>{job.comment}</span>}
        {writes && (
          <Button
            type="link"
            size="small"
            icon={<EditOutlined aria-hidden />}
            onClick={() => setText(job.comment)}
          >
            {t(job.comment ? "jobs.comment.change" : "jobs.comment.add")}
          </Button>
        )}
      </p>
    );
  return (
    <div className="job-comment">
      <Input.TextArea
        autoFocus
        rows={3}
        maxLength={10_000}
        aria-label={t("jobs.comment.text")}
        value={text}
        onChange={({ target }) => setText(target.value)}
      />
      <Trouble error={saving.error} />
      <div className="buttons">
        <Button type="primary" loading={saving.isPending} onClick={() => saving.mutate(text)}>
          {t("app.save")}
        </Button>
        <Button onClick={() => setText(undefined)}>{t("app.cancel")}</Button>
      </div>
    </div>
  );
}
