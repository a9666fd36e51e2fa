import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Button } from "antd";
import { useTranslation } from "react-i18next";
import { api, ok } from "../api/client";
import { list, useList } from "../api/lists";
import type { components } from "../api/schema";
import { useMessages } from "../shell/messages";
import { More } from "../ui/More";
import { Tag } from "../ui/Tag";
import { Time } from "../ui/Time";
import { useComplaint } from "../ui/Trouble";
import { agentOf } from "./agent";

type Session = components["schemas"]["Session"];

const sessionsQuery = list(["sessions"], (cursor) =>
  ok(api.GET("/api/v1/me/sessions", { params: { query: { cursor } } })),
);

export function Sessions() {
  const { t } = useTranslation();
  const message = useMessages();
  const complain = useComplaint();
  const asking = useQueryClient();
  const { found, items, total } = useList(sessionsQuery);
  const ending = useMutation({
    mutationFn: (session: string) =>
      ok(api.DELETE("/api/v1/me/sessions/{session}", { params: { path: { session } } })),
    onSuccess: () => message.success(t("account.ended")),
    onError: (error) => complain(error),
    onSettled: () => asking.invalidateQueries({ queryKey: ["sessions"] }),
  });
  const ordered = [...items].sort((one, other) => Number(other.current) - Number(one.current));
  return (
    <>
      <ul className="lines">
        {ordered.map((session) => (
          <li key={session.id}>
            <div className="what">
              <strong>
                <Agent session={session} />
              </strong>{" "}
              {session.current && <Tag tone="info">{t("account.here")}</Tag>}
              <div className="faint">
                {session.address} ·{" "}
                <Time at={session.seen_at} words={(when) => t("account.seen", { when })} />
              </div>
            </div>
            {!session.current && (
              <Button
                size="small"
                loading={ending.isPending && ending.variables === session.id}
                onClick={() => ending.mutate(session.id)}
              >
                {t("account.end")}
              </Button>
            )}
          </li>
        ))}
      </ul>
      {found.hasNextPage && <More shown={items.length} total={total} found={found} />}
    </>
  );
}

function Agent({ session }: { session: Session }) {
  const { t } = useTranslation();
  const { browser, system } = agentOf(session.agent);
  const shown = browser || t("account.unknownBrowser");
  return (
    <span title={session.agent}>{system ? t("account.onSystem", { browser: shown, system }) : shown}</span>
  );
}
