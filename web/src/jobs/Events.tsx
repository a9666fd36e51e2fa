import { useSuspenseInfiniteQuery } from "@tanstack/react-query";
import { Button, Empty } from "antd";
import { useTranslation } from "react-i18next";
import { api, ok } from "../api/client";
import { Trouble } from "../ui/Trouble";
import { shortHandler } from "./names";
import type { Job, JobEvent } from "./queries";
import { isUnderWay, StateWord } from "./states";

const PAGE = 200;

/** What has become of a job, its steps and tasks, in the order in which it happened. */
export default function Events({ job, project }: { job: Job; project: string }) {
  const { t } = useTranslation();
  const found = useSuspenseInfiniteQuery({
    queryKey: ["jobs", project, "events", job.id],
    initialPageParam: "",
    queryFn: ({ pageParam }) =>
      ok(
        api.GET("/api/v1/projects/{project}/jobs/{job}/events", {
          params: { path: { project, job: job.id }, query: { cursor: pageParam, size: PAGE } },
        }),
      ),
    getNextPageParam: (page) => page.next,
    refetchInterval: isUnderWay(job.state) ? 4_000 : false,
  });
  const events = found.data.pages.flatMap((page) => page.items);
  const steps = new Map(job.steps.map(({ position, handler }) => [String(position), shortHandler(handler)]));
  if (events.length === 0) return <Empty className="nothing" description={t("jobs.events.none")} />;
  return (
    <section className="panel" aria-label={t("jobs.tabs.events")}>
      <ol className="events">
        {events.map((event) => (
          <Line key={event.id} event={event} steps={steps} />
        ))}
      </ol>
      <Trouble error={found.isFetchNextPageError && found.error} />
      {found.hasNextPage && (
        <div className="more">
          <Button loading={found.isFetchingNextPage} onClick={() => found.fetchNextPage()}>
            {t("projects.more")}
          </Button>
        </div>
      )}
    </section>
  );
}

function Line({ event, steps }: { event: JobEvent; steps: Map<string, string> }) {
  const { t, i18n } = useTranslation();
  const time = new Intl.DateTimeFormat(i18n.language, { dateStyle: "short", timeStyle: "medium" });
  const what =
    event.subject === "task"
      ? t("jobs.events.task", { name: event.name })
      : event.subject === "step"
        ? t("jobs.events.step", { name: steps.get(event.name) ?? event.name })
        : t("jobs.events.job");
  return (
    <li>
      <time dateTime={event.at} className="faint number">
        {time.format(new Date(event.at))}
      </time>
      <span>{what}</span>
      <span className="change">
        {event.old && (
          <>
            <StateWord state={event.old} />
            <span aria-hidden>→</span>
          </>
        )}
        <StateWord state={event.new} />
      </span>
      <span lang="en" className="cause">
        {event.cause}
      </span>
    </li>
  );
}
