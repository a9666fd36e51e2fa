import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Button, Segmented } from "antd";
import { useId } from "react";
import { useTranslation } from "react-i18next";
import { api, ok } from "../../api/client";
import { useList } from "../../api/lists";
import { useIntention } from "../../api/once";
import { useMessages } from "../../shell/messages";
import { Scene } from "../../shell/Scene";
import { CopyButton } from "../../ui/Copyable";
import { More } from "../../ui/More";
import { Tag } from "../../ui/Tag";
import { Time } from "../../ui/Time";
import { useComplaint } from "../../ui/Trouble";
import { useSearch } from "../../ui/useSearch";
import { type Delivery, deliveriesQuery, STATES, type State, stateOf } from "./hooks";

/** Milliseconds from one look at what waits to the next. */
const PACE = 3_000;
const TONES = { waiting: "info", delivered: "good", dead: "bad" } as const;

/** What was delivered to a webhook, what waits, and what was given up. */
export function Deliveries({ project, number }: { project: string; number: number }) {
  const { t } = useTranslation();
  const title = useId();
  const [said, say] = useSearch("state");
  const state = STATES.find((each) => each === said.state) ?? "";
  const options = [
    { value: "", label: t("projects.scopes.all") },
    ...STATES.map((value) => ({ value, label: t(`admin.deliveries.states.${value}`) })),
  ];
  return (
    <section className="panel" aria-labelledby={title}>
      <div className="heading">
        <h2 id={title}>{t("admin.deliveries.title")}</h2>
        <Segmented
          aria-label={t("admin.deliveries.which")}
          options={options}
          value={state}
          onChange={(wanted) => say({ state: wanted })}
        />
      </div>
      <Scene key={state}>
        <Lines project={project} number={number} state={state} />
      </Scene>
    </section>
  );
}

function Lines({ project, number, state }: { project: string; number: number; state: State | "" }) {
  const { t } = useTranslation();
  const { found, items, total } = useList(deliveriesQuery(project, number, state), (shown) =>
    shown.some((each) => stateOf(each) === "waiting") ? PACE : false,
  );
  if (items.length === 0) return <p className="faint">{t("admin.deliveries.none")}</p>;
  return (
    <>
      <ul className="lines">
        {items.map((delivery) => (
          <Line key={delivery.id} project={project} number={number} delivery={delivery} />
        ))}
      </ul>
      {found.hasNextPage && <More shown={items.length} total={total} found={found} />}
    </>
  );
}

interface LineProps {
  project: string;
  number: number;
  delivery: Delivery;
}

function Line({ project, number, delivery }: LineProps) {
  const { t } = useTranslation();
  const state = stateOf(delivery);
  const { event, event_id: id, attempts, error, status, due_at: due } = delivery;
  return (
    <li>
      <div className="what">
        <code>{event}</code> <Tag tone={TONES[state]}>{t(`admin.deliveries.states.${state}`)}</Tag>{" "}
        {delivery.replay > 0 && <Tag>{t("admin.deliveries.again")}</Tag>}
        <div className="faint">
          {t("admin.deliveries.number", { id: String(id) })}{" "}
          <CopyButton
            text={String(id)}
            label={t("steps.copy", { what: t("admin.deliveries.number", { id: String(id) }) })}
          />{" "}
          · <Time at={delivery.ended_at ?? delivery.created_at} words={(when) => when} /> ·{" "}
          {t("admin.deliveries.attempts", { count: attempts })}
          {status !== null && <> · {t("admin.deliveries.status", { status })}</>}
          {state === "waiting" && (
            <>
              {" · "}
              <Time at={due} words={(when) => t("admin.deliveries.due", { when })} />
            </>
          )}
        </div>
        {error && (
          <div className="faint" lang="en">
            {error}
          </div>
        )}
      </div>
      {state !== "waiting" && <Replay project={project} number={number} delivery={delivery} />}
    </li>
  );
}

function Replay({ project, number, delivery }: LineProps) {
  const { t } = useTranslation();
  const message = useMessages();
  const complain = useComplaint();
  const asking = useQueryClient();
  const intention = useIntention<undefined>();
  const { id } = delivery;
  const replaying = useMutation({
    mutationFn: () => {
      const { params } = intention.meant(id, () => undefined);
      return ok(
        api.POST("/api/v1/projects/{project}/webhooks/{webhook}/deliveries/{delivery}/replay", {
          params: { ...params, path: { project, webhook: number, delivery: id } },
        }),
      );
    },
    onSuccess: () => {
      intention.done();
      message.success(t("admin.deliveries.replayed"));
    },
    onError: (error) => complain(error),
    onSettled: () => asking.invalidateQueries({ queryKey: ["webhooks", project] }),
  });
  return (
    <Button
      size="small"
      loading={replaying.isPending}
      onClick={() => replaying.mutate()}
      aria-label={t("admin.deliveries.replayOf", { id: String(delivery.event_id) })}
    >
      {t("admin.deliveries.replay")}
    </Button>
  );
}
