import { Empty, Select } from "antd";
import { useEffect, useEffectEvent, useMemo, useState, useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import { Trouble } from "../../ui/Trouble";
import { saying, useAddress, useSaid } from "../../ui/useSearch";
import { shortHandler } from "../names";
import { type Job, logSize, type Task } from "../queries";
import { toneOf } from "../states";
import { LogText } from "./LogText";
import { LogTools } from "./LogTools";
import { downloadOf, reader, streamOf } from "./reading";
import { LogStore, type Shown } from "./store";
import { useSearch } from "./useSearch";
import "./log.css";

/** What the tasks of a job print, while they print it and afterwards. */
export default function Log({ job, project }: { job: Job; project: string }) {
  const { t } = useTranslation();
  const [parameters, change] = useAddress();
  const tasks = job.steps.flatMap((step) => step.tasks);
  const of = (wanted: string | null | undefined): Task | undefined => tasks.find(({ id }) => id === wanted);
  const [first] = useState(mostWanted(tasks)?.id);
  const named = of(parameters.get("task"));
  // Tasks fail and begin while a log is read: the one that was shown first stays, also for whoever is sent here.
  const task = named ?? of(first) ?? mostWanted(tasks);
  const pin = useEffectEvent((id: string) => change((now) => saying(now, { task: id })));
  const unnamed = named ? undefined : task?.id;
  useEffect(() => {
    if (unnamed) pin(unnamed);
  }, [unnamed]);
  if (!task) return <Empty className="nothing" description={t("jobs.log.noTask")} />;
  const names = new Map(job.steps.map(({ position, handler }) => [position, shortHandler(handler)]));
  return (
    <section className="panel log" aria-label={t("jobs.tabs.log")}>
      <Select
        aria-label={t("jobs.log.task")}
        showSearch
        value={task.id}
        options={tasks.map(({ id, step, state }) => ({
          value: id,
          label: (
            <span className={`state ${toneOf(state)}`}>
              <span className="dot" aria-hidden />
              {id} · {names.get(step)}
            </span>
          ),
        }))}
        onChange={(chosen) =>
          change((now) => saying(now, { task: chosen, at: "", find: "" }), { push: true })
        }
        popupMatchSelectWidth={false}
        className="log-task"
      />
      <OfTask key={task.id} job={job} project={project} task={task.id} moved={`${job.state} ${task.state}`} />
    </section>
  );
}

/** The task whose log is wanted most likely: one that failed, or runs, or the first. */
function mostWanted(tasks: Task[]): Task | undefined {
  const of = (state: string): Task | undefined => tasks.find((task) => task.state === state);
  return of("FAIL") ?? of("RUNNING") ?? of("CANCELLING") ?? tasks[0];
}

interface OfTaskProps {
  job: Job;
  project: string;
  task: string;
  /** The states of the job and of the task: whenever one of them changes, more may have been printed. */
  moved: string;
}

function OfTask({ job, project, task, moved }: OfTaskProps) {
  const { t } = useTranslation();
  const [parameters, mark] = useSaid();
  const store = useMemo(
    () =>
      new LogStore({
        read: reader(project, job.id, task),
        size: () => logSize(project, job.id, task),
        stream: (offset) => new EventSource(streamOf(project, job.id, task, offset)),
        soon: beforeDrawing,
      }),
    [project, job.id, task],
  );
  const shown = useSyncExternalStore(store.listen, store.look);
  const at = Number(parameters.get("at") ?? Number.NaN);
  const found = Number.isSafeInteger(at) && at >= 0 ? at : undefined;
  const begin = useEffectEvent(() => void store.begin(found));
  useEffect(() => {
    begin();
    return () => store.close();
  }, [store]);
  // The log of a task that waits has ended as far as the server knows, and a look now and then may miss that it ran.
  // biome-ignore lint/correctness/useExhaustiveDependencies: a change of state is what this waits for
  useEffect(() => void store.goOn(), [store, moved]);
  const search = useSearch({
    read: reader(project, job.id, task),
    text: parameters.get("find") ?? "",
    // The first that is met is the last before the end, or the first after what is shown.
    from: found,
    end: shown.window.end,
    found: (hit) => {
      mark({ at: String(hit) });
      void store.show(hit);
    },
  });
  return (
    <>
      <LogTools
        shown={shown}
        store={store}
        search={search}
        find={(text) => {
          search.stop();
          mark({ find: text, at: "" });
        }}
        forget={() => mark({ at: "" })}
        download={downloadOf(project, job.id, task)}
        name={`${job.id.slice(0, 12)}-${task}.log`}
      />
      <Trouble error={shown.error ?? search.error} />
      {shown.window.lines.length === 0 && !shown.reading ? (
        <Empty
          image={Empty.PRESENTED_IMAGE_SIMPLE}
          description={t(shown.ended ? "jobs.log.empty" : "jobs.log.nothingYet")}
        />
      ) : (
        <LogText shown={shown} store={store} text={search.text} found={found} />
      )}
      <p className="faint log-foot" role="status">
        <Foot shown={shown} />
      </p>
    </>
  );
}

function beforeDrawing(act: () => void): () => void {
  const asked = requestAnimationFrame(act);
  return () => cancelAnimationFrame(asked);
}

function Foot({ shown }: { shown: Shown }) {
  const { t, i18n } = useTranslation();
  const { start, end } = shown.window;
  const number = new Intl.NumberFormat(i18n.language);
  const range = t("jobs.log.range", { start: number.format(start), end: number.format(end) });
  const state = shown.ended ? "ended" : shown.following ? "following" : "paused";
  return (
    <>
      {range} · {t(`jobs.log.state.${state}`)}
    </>
  );
}
