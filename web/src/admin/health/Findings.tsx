import {
  CheckCircleOutlined,
  CloseCircleOutlined,
  ExclamationCircleOutlined,
  ReloadOutlined,
} from "@ant-design/icons";
import { useSuspenseQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { useId } from "react";
import { useTranslation } from "react-i18next";
import { api, ok } from "../../api/client";
import type { components } from "../../api/schema";
import { Time } from "../../ui/Time";
import { findingName } from "./names";

type Finding = components["schemas"]["Finding"];

const SIGNS = {
  ok: CheckCircleOutlined,
  warning: ExclamationCircleOutlined,
  failed: CloseCircleOutlined,
};
type State = keyof typeof SIGNS;

function stateOf({ state }: Finding): State {
  return state in SIGNS ? (state as State) : "warning";
}

/** Whether the server has what it needs; looked at anew once a minute. */
export function Findings() {
  const { t } = useTranslation();
  const title = useId();
  const { data, isFetching, refetch } = useSuspenseQuery({
    queryKey: ["system", "findings"],
    refetchInterval: 60_000,
    queryFn: () => ok(api.GET("/api/v1/system/findings")),
  });
  const worst = (["failed", "warning"] as const).find((each) =>
    data.items.some((finding) => stateOf(finding) === each),
  );
  return (
    <section className="panel" aria-labelledby={title}>
      <div className="heading">
        <h2 id={title}>{t(`admin.health.overall.${worst ?? "ok"}`)}</h2>
        <Button
          size="small"
          icon={<ReloadOutlined aria-hidden />}
          loading={isFetching}
          onClick={() => void refetch()}
        >
          {t("admin.health.again")}
        </Button>
      </div>
      <p className="faint">
        <Time at={data.at} words={(when) => t("admin.health.looked", { when })} />
      </p>
      <ul className="lines findings">
        {data.items.map((finding, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: one look may find several things, always in this order
          <Line key={`${finding.name} ${index}`} finding={finding} />
        ))}
      </ul>
    </section>
  );
}

function Line({ finding }: { finding: Finding }) {
  const { t } = useTranslation();
  const state = stateOf(finding);
  const Sign = SIGNS[state];
  return (
    <li>
      <span className={`sign ${state}`}>
        <Sign role="img" aria-label={t(`admin.health.states.${state}`)} />
      </span>
      <div className="what">
        <strong>{findingName(t, finding.name)}</strong>
        <div className="faint" lang="en">
          {finding.detail}
        </div>
        {finding.hint && <div lang="en">{finding.hint}</div>}
      </div>
    </li>
  );
}
