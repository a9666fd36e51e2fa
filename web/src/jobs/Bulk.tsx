import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Button, Popconfirm } from "antd";
import { useTranslation } from "react-i18next";
import { useMessages } from "../shell/messages";
import { ServerSays, useExplained } from "../ui/Trouble";
import { cancel, recover, remove } from "./acting";
import type { Job } from "./queries";
import { isOver } from "./states";

interface Props {
  project: string;
  jobs: Job[];
  trash: boolean;
  done: () => void;
}

const ACTS = { cancel, remove, recover };
type Act = keyof typeof ACTS;
/** Jobs that are asked for something at a time. */
const AT_ONCE = 4;

/** What can be done to several jobs; those for which that makes no sense are left alone. */
export default function Bulk({ project, jobs, trash, done }: Props) {
  const { t } = useTranslation();
  const running = jobs.filter((job) => !isOver(job.state));
  return (
    <section className="jobs-bulk" aria-label={t("jobs.bulk.title")}>
      <span role="status">{t("jobs.bulk.chosen", { number: jobs.length })}</span>
      {trash ? (
        <Do act="recover" project={project} jobs={jobs} done={done} />
      ) : (
        <>
          <Do act="cancel" project={project} jobs={running} done={done} />
          <Do act="remove" project={project} jobs={jobs} done={done} />
        </>
      )}
      <Button type="text" onClick={done}>
        {t("jobs.bulk.none")}
      </Button>
    </section>
  );
}

function Do({ act, project, jobs, done }: { act: Act; project: string; jobs: Job[]; done: () => void }) {
  const { t } = useTranslation();
  const message = useMessages();
  const explained = useExplained();
  const asking = useQueryClient();
  const doing = useMutation({
    mutationFn: () => each(jobs, (job) => ACTS[act](project, job.id)),
    onSuccess: (failures) => {
      const number = jobs.length - failures.length;
      if (number > 0) message.success(t(`jobs.bulk.done.${act}`, { number }));
      const [first] = failures;
      if (first === undefined) done();
      else {
        const { title, detail } = explained(first);
        const told = t("jobs.bulk.failed", { number: failures.length, why: title });
        message.error(
          <>
            {told}
            {detail && <ServerSays>{detail}</ServerSays>}
          </>,
        );
      }
      return asking.invalidateQueries({ queryKey: ["jobs", project] });
    },
  });
  const label = t(`jobs.bulk.${act}`, { number: jobs.length });
  return (
    <Popconfirm
      title={t(`jobs.bulk.sure.${act}`, { number: jobs.length })}
      okText={label}
      cancelText={t("app.cancel")}
      okButtonProps={{ danger: act !== "recover" }}
      onConfirm={() => doing.mutateAsync().catch(() => undefined)}
    >
      <Button disabled={jobs.length === 0} loading={doing.isPending}>
        {label}
      </Button>
    </Popconfirm>
  );
}

/** Does the same to all, a few at a time. Returns what went wrong. */
async function each<Item>(items: Item[], act: (item: Item) => Promise<unknown>): Promise<unknown[]> {
  const waiting = [...items];
  const failures: unknown[] = [];
  const work = async (): Promise<void> => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift())
      await act(item).catch((error: unknown) => failures.push(error));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return failures;
}
