import { PlusOutlined } from "@ant-design/icons";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Button, Empty, Popconfirm } from "antd";
import { lazy, useState } from "react";
import { useTranslation } from "react-i18next";
import { Navigate } from "react-router";
import { api, ok } from "../api/client";
import { list, useList } from "../api/lists";
import type { components } from "../api/schema";
import { day, exact } from "../i18n/times";
import { useMessages } from "../shell/messages";
import { Scene } from "../shell/Scene";
import { More } from "../ui/More";
import { Tag } from "../ui/Tag";
import { Time } from "../ui/Time";
import { useComplaint } from "../ui/Trouble";
import { AccountNav } from "./AccountNav";
import { SignedOut, useOwner } from "./SignedOut";

const NewToken = lazy(() => import("./NewToken"));

type Token = components["schemas"]["Token"];

const tokensQuery = list(["tokens"], (cursor) =>
  ok(api.GET("/api/v1/me/tokens", { params: { query: { cursor } } })),
);

export default function TokensPage() {
  const { t } = useTranslation();
  const me = useOwner();
  const [making, setMaking] = useState(false);
  if (!me) return <Navigate to="/login?next=/account/tokens" replace />;
  return (
    <div className="narrow">
      <title>{`${t("tokens.title")} · ${t("app.name")}`}</title>
      <h1>{me.name}</h1>
      <AccountNav />
      <SignedOut />
      <section className="panel">
        <div className="heading">
          <h2>{t("tokens.title")}</h2>
          <Button type="primary" icon={<PlusOutlined aria-hidden />} onClick={() => setMaking(true)}>
            {t("tokens.make")}
          </Button>
        </div>
        <p className="faint">{t("tokens.text")}</p>
        <Scene>
          <Tokens />
        </Scene>
      </section>
      {making && (
        <Scene waiting={null}>
          <NewToken close={() => setMaking(false)} />
        </Scene>
      )}
    </div>
  );
}

function Tokens() {
  const { t } = useTranslation();
  const { found, items, total } = useList(tokensQuery);
  if (items.length === 0)
    return (
      <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={<strong>{t("tokens.empty")}</strong>}>
        <p className="faint">{t("tokens.emptyText")}</p>
      </Empty>
    );
  return (
    <>
      <ul className="lines">
        {items.map((token) => (
          <Line key={token.id} token={token} />
        ))}
      </ul>
      {found.hasNextPage && <More shown={items.length} total={total} found={found} />}
    </>
  );
}

function Line({ token }: { token: Token }) {
  const { t } = useTranslation();
  const message = useMessages();
  const complain = useComplaint();
  const asking = useQueryClient();
  const revoking = useMutation({
    mutationFn: () =>
      ok(api.DELETE("/api/v1/me/tokens/{number}", { params: { path: { number: token.id } } })),
    onSuccess: () => message.success(t("tokens.revoked")),
    onError: (error) => complain(error),
    onSettled: () => asking.invalidateQueries({ queryKey: ["tokens"] }),
  });
  return (
    <li>
      <div className="what">
        <strong>{token.name}</strong> <code className="faint">{token.shown}…</code>
        <div className="tags">
          {(token.scopes ?? [t("tokens.all")]).map((each) => (
            <Tag key={each}>{each === "*:read" ? t("tokens.reading") : each}</Tag>
          ))}
          {token.project && <Tag tone="info">{t("tokens.onlyProject", { name: token.project })}</Tag>}
        </div>
        <div className="faint">
          <Time at={token.created_at} words={(when) => t("tokens.created", { when })} />
          {" · "}
          {token.used_at ? (
            <Time at={token.used_at} words={(when) => t("tokens.used", { when })} />
          ) : (
            t("tokens.unused")
          )}
          {" · "}
          <End at={token.expires_at} />
        </div>
      </div>
      <Popconfirm
        title={t("tokens.revokeSure", { name: token.name })}
        description={t("tokens.revokeText")}
        okText={t("tokens.revoke")}
        okButtonProps={{ danger: true }}
        cancelText={t("app.cancel")}
        onConfirm={() => revoking.mutateAsync().catch(() => undefined)}
      >
        <Button size="small" danger loading={revoking.isPending}>
          {t("tokens.revoke")}
        </Button>
      </Popconfirm>
    </li>
  );
}

function End({ at }: { at: string | null }) {
  const { t, i18n } = useTranslation();
  if (at === null) return t("tokens.lasting");
  const over = new Date(at) < new Date();
  const when = day(at, i18n.language);
  return (
    <time dateTime={at} title={exact(at, i18n.language)}>
      {t(over ? "tokens.expired" : "tokens.expires", { when })}
    </time>
  );
}
