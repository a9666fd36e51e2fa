import { DownloadOutlined } from "@ant-design/icons";
import { useSuspenseInfiniteQuery } from "@tanstack/react-query";
import { Button, Empty } from "antd";
import { lazy, useDeferredValue } from "react";
import { useTranslation } from "react-i18next";
import { api, ok } from "../../api/client";
import type { components } from "../../api/schema";
import { exact, relative } from "../../i18n/times";
import { Scene } from "../../shell/Scene";
import { CopyButton } from "../../ui/Copyable";
import { Tag } from "../../ui/Tag";
import { Trouble } from "../../ui/Trouble";
import { useSearch } from "../../ui/useSearch";
import { exportOf, type Filter, gist, NAMES, queryOf } from "./filter";

const Filters = lazy(() => import("./Filters"));

type Event = components["schemas"]["Event"];

const PAGE = 50;

function ask({ project, ...rest }: Filter, cursor: string | null) {
  const query = { ...queryOf(rest), size: PAGE, ...(cursor !== null && { cursor }) };
  return ok(
    project
      ? api.GET("/api/v1/projects/{project}/events", { params: { path: { project }, query } })
      : api.GET("/api/v1/events", { params: { query } }),
  );
}

/** What happened: on the instance, or in the one project that is named. */
export function AuditLog({ only = "" }: { only?: string }) {
  const { t } = useTranslation();
  const [said, say] = useSearch(...NAMES);
  const filter = { ...said, project: only || said.project };
  return (
    <section className="panel" aria-label={t("admin.rooms.audit")}>
      <Scene waiting={<div className="filters" />}>
        <Filters filter={filter} whole={!only} say={say} />
      </Scene>
      <Scene key={filter.project} of={JSON.stringify(filter)}>
        <Events filter={filter} whole={!only} />
      </Scene>
      <div className="buttons">
        <Button icon={<DownloadOutlined aria-hidden />} href={exportOf(filter)} download="events.jsonl">
          {t("admin.audit.export")}
        </Button>
        <span className="faint">{t("admin.audit.exportText")}</span>
      </div>
    </section>
  );
}

function Events({ filter, whole }: { filter: Filter; whole: boolean }) {
  const { t } = useTranslation();
  const wanted = useDeferredValue(filter);
  const found = useSuspenseInfiniteQuery({
    queryKey: ["events", ...NAMES.map((each) => wanted[each])],
    initialPageParam: null as string | null,
    queryFn: ({ pageParam }) => ask(wanted, pageParam),
    getNextPageParam: (page) => page.next,
  });
  const items = found.data.pages.flatMap((page) => page.items);
  if (items.length === 0)
    return (
      <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={<strong>{t("admin.audit.none")}</strong>} />
    );
  return (
    <>
      <ul className="events" aria-busy={found.isFetching}>
        {items.map((event) => (
          <Line key={event.id} event={event} whole={whole} />
        ))}
      </ul>
      <Trouble error={found.isFetchNextPageError && found.error} />
      {found.hasNextPage && (
        <div className="more">
          <Button loading={found.isFetchingNextPage} onClick={() => found.fetchNextPage()}>
            {t("admin.audit.older")}
          </Button>
        </div>
      )}
    </>
  );
}

function Line({ event, whole }: { event: Event; whole: boolean }) {
  const { t, i18n } = useTranslation();
  const text = JSON.stringify(event.payload, null, 2);
  return (
    <li>
      <details>
        <summary>
          <time dateTime={event.at} title={relative(event.at, i18n.language)}>
            {exact(event.at, i18n.language)}
          </time>
          <strong>{event.actor || t("admin.audit.nobody")}</strong>
          <code>{event.name}</code>
          {whole && event.project && <Tag>{event.project}</Tag>}
          <span className="faint gist">{gist(event.payload)}</span>
        </summary>
        <Facts event={event} />
        <div className="payload">
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by key */}
          <pre tabIndex={0}>{text}</pre>
          <CopyButton text={text} label={t("admin.audit.copyPayload")} />
        </div>
      </details>
    </li>
  );
}

function Facts({ event }: { event: Event }) {
  const { t, i18n } = useTranslation();
  const facts = [
    { name: t("admin.audit.number"), value: String(event.id), copied: true },
    { name: t("admin.audit.at"), value: exact(event.at, i18n.language) },
    { name: t("admin.audit.address"), value: event.address },
    { name: t("admin.audit.request"), value: event.request, copied: true },
    { name: t("admin.audit.project"), value: event.project },
  ];
  return (
    <dl className="facts">
      {facts
        .filter(({ value }) => value)
        .map(({ name, value, copied }) => (
          <div key={name} className="fact">
            <dt>{name}</dt>
            <dd>
              {value} {copied && <CopyButton text={value ?? ""} label={t("steps.copy", { what: name })} />}
            </dd>
          </div>
        ))}
    </dl>
  );
}
