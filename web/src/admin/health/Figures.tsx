import { useSuspenseQuery } from "@tanstack/react-query";
import { useEffect, useId, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { api, ok } from "../../api/client";
import { bytes, count, span } from "../../i18n/amounts";
import { exact } from "../../i18n/times";
import { Trouble } from "../../ui/Trouble";
import { jobStateName } from "./names";
import { appended, KEPT, type Rate, rateOf, type ServerFigures } from "./rates";
import { Sparkline } from "./Sparkline";

const EVERY = 5_000;
const KINDS = ["users", "projects", "datasets", "models", "runtimes"] as const;

/** The figures of now, looked at every few seconds, and what was going on meanwhile. */
export function Figures() {
  const { t } = useTranslation();
  const title = useId();
  const { data, error } = useSuspenseQuery({
    queryKey: ["system", "figures"],
    refetchInterval: EVERY,
    staleTime: 0,
    queryFn: () => ok(api.GET("/api/v1/system/figures")),
  });
  const rates = useRates(data);
  return (
    <>
      <Trouble error={error} />
      <section className="panel" aria-labelledby={title}>
        <h2 id={title}>{t("admin.health.now")}</h2>
        <Lines rates={rates} figures={data} />
      </section>
      <div className="columns even">
        <Server figures={data} />
        <What figures={data} />
      </div>
    </>
  );
}

function useRates(figures: ServerFigures): Rate[] {
  const last = useRef(figures);
  const [rates, setRates] = useState<Rate[]>([]);
  useEffect(() => {
    const rate = rateOf(last.current, figures);
    if (last.current.since !== figures.since) setRates([]);
    last.current = figures;
    if (rate) setRates((known) => appended(known, rate));
  }, [figures]);
  return rates;
}

function Lines({ rates, figures }: { rates: Rate[]; figures: ServerFigures }) {
  const { t, i18n } = useTranslation();
  const each = (amount: number) => t("admin.health.perSecond", { amount: count(amount, i18n.language, 1) });
  const time = (seconds: number) =>
    t("admin.health.milliseconds", { amount: count(seconds * 1000, i18n.language, 1) });
  const size = (amount: number) => bytes(amount, i18n.language);
  const memory = rates.length > 0 ? rates.map((rate) => rate.memory) : [figures.memory];
  return (
    <div className="sparklines">
      <Sparkline
        label={t("admin.health.requests")}
        values={rates.map((rate) => rate.requests)}
        room={KEPT}
        shown={each}
      />
      <Sparkline
        label={t("admin.health.median")}
        values={rates.map((rate) => rate.median)}
        room={KEPT}
        shown={time}
      />
      <Sparkline
        label={t("admin.health.slow")}
        values={rates.map((rate) => rate.slow)}
        room={KEPT}
        shown={time}
      />
      <Sparkline
        label={t("admin.health.failed")}
        values={rates.map((rate) => rate.failed)}
        room={KEPT}
        shown={each}
      />
      <Sparkline label={t("admin.health.memory")} values={memory} room={KEPT} shown={size} />
    </div>
  );
}

function Server({ figures }: { figures: ServerFigures }) {
  const { t, i18n } = useTranslation();
  const title = useId();
  const seconds = (Date.parse(figures.at) - Date.parse(figures.since)) / 1000;
  const size = (amount: number) => bytes(amount, i18n.language);
  const facts: [string, string][] = [
    [t("admin.health.version"), figures.version],
    [t("admin.health.uptime"), span(seconds, i18n.language)],
    [t("admin.health.since"), exact(figures.since, i18n.language)],
    [t("admin.health.python"), `${figures.python} · ${figures.system}`],
    [t("admin.health.workers"), count(figures.workers, i18n.language)],
    [
      t("admin.health.catalog"),
      figures.catalog_size === null ? figures.catalog : `${figures.catalog} · ${size(figures.catalog_size)}`,
    ],
    [
      t("admin.health.disk"),
      t("admin.health.free", { free: size(figures.disk_free), total: size(figures.disk_total) }),
    ],
    [t("admin.health.answered"), count(figures.requests.answered, i18n.language)],
  ];
  return (
    <section className="panel" aria-labelledby={title}>
      <h2 id={title}>{t("admin.health.server")}</h2>
      <dl className="facts">
        {facts.map(([name, value]) => (
          <div key={name} className="fact">
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function What({ figures }: { figures: ServerFigures }) {
  const { t, i18n } = useTranslation();
  const title = useId();
  const shown = (amount: number | undefined) => count(amount ?? 0, i18n.language);
  const jobs = Object.entries(figures.jobs).sort(([one], [other]) => one.localeCompare(other));
  return (
    <section className="panel" aria-labelledby={title}>
      <h2 id={title}>{t("admin.health.what")}</h2>
      <dl className="counts spaced">
        {KINDS.map((kind) => (
          <div key={kind}>
            <dt>{t(`admin.health.kinds.${kind}`)}</dt>
            <dd>{shown(figures.counts[kind])}</dd>
          </div>
        ))}
      </dl>
      <h3>{t("projects.jobs")}</h3>
      {jobs.length === 0 ? (
        <p className="faint quiet">{t("admin.health.noJobs")}</p>
      ) : (
        <dl className="counts spaced">
          {jobs.map(([state, amount]) => (
            <div key={state}>
              <dt>{jobStateName(t, state)}</dt>
              <dd>{shown(amount)}</dd>
            </div>
          ))}
        </dl>
      )}
      <p className="faint quiet">
        {figures.executor === "local"
          ? t("admin.health.executor", { count: figures.most_jobs })
          : t("admin.health.noExecutor")}{" "}
        <Link to="/admin/pools">{t("admin.rooms.pools")}</Link>
      </p>
      <p className="faint quiet">{t("admin.health.deliveries", { amount: shown(figures.deliveries) })}</p>
    </section>
  );
}
