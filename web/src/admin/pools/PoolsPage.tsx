import { PlusOutlined } from "@ant-design/icons";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Button, Popconfirm } from "antd";
import { lazy, useState } from "react";
import { useTranslation } from "react-i18next";
import { api, ok } from "../../api/client";
import { list, useList } from "../../api/lists";
import { useMessages } from "../../shell/messages";
import { Scene } from "../../shell/Scene";
import { More } from "../../ui/More";
import { Tag } from "../../ui/Tag";
import { Time } from "../../ui/Time";
import { useComplaint } from "../../ui/Trouble";
import { AdminFrame } from "../AdminFrame";
import { FIELDS, type Pool, RESOURCES, shownAmount } from "./bounds";

const EditPool = lazy(() => import("./EditPool"));

const poolsQuery = list(["pools"], (cursor) =>
  ok(api.GET("/api/v1/pools", { params: { query: { cursor } } })),
);

export default function PoolsPage() {
  const { t } = useTranslation();
  /** The pool that is edited; null for a new one. */
  const [edited, setEdited] = useState<Pool | null>();
  const actions = (
    <Button type="primary" icon={<PlusOutlined aria-hidden />} onClick={() => setEdited(null)}>
      {t("admin.pools.make")}
    </Button>
  );
  return (
    <AdminFrame room="pools" actions={actions}>
      <p className="faint">{t("admin.pools.text")}</p>
      <Pools edit={setEdited} />
      {edited !== undefined && (
        <Scene waiting={null}>
          <EditPool pool={edited ?? undefined} close={() => setEdited(undefined)} />
        </Scene>
      )}
    </AdminFrame>
  );
}

function Pools({ edit }: { edit: (pool: Pool) => void }) {
  const { found, items, total } = useList(poolsQuery);
  return (
    <>
      <ul className="cards pools">
        {items.map((pool) => (
          <Card key={pool.name} pool={pool} edit={() => edit(pool)} />
        ))}
      </ul>
      {found.hasNextPage && <More shown={items.length} total={total} found={found} />}
    </>
  );
}

function Card({ pool, edit }: { pool: Pool; edit: () => void }) {
  const { t } = useTranslation();
  const { name, created_at: created, created_by: who } = pool;
  return (
    <li className="card panel">
      <div className="heading">
        <h2>{name}</h2>
        {pool.private && <Tag tone="info">{t("admin.pools.private")}</Tag>}
      </div>
      {created && pool.description && <p className="faint lead">{pool.description}</p>}
      <Facts pool={pool} />
      <div className="faint">
        {created ? (
          <Time at={created} words={(when) => t("admin.users.madeBy", { when, who })} />
        ) : (
          t("admin.pools.builtIn")
        )}
      </div>
      <div className="buttons">
        <Button size="small" onClick={edit} aria-label={t("admin.pools.changeOf", { name })}>
          {t("admin.users.change")}
        </Button>
        {created && <Remove name={name} />}
      </div>
    </li>
  );
}

function Facts({ pool }: { pool: Pool }) {
  const { t, i18n } = useTranslation();
  const shown = (name: string, which: "most" | "default") => {
    const amount = pool.bounds[name]?.[which];
    return amount === undefined ? "–" : shownAmount(name, amount, i18n.language);
  };
  const bounded = RESOURCES.filter((each) => pool.bounds[each]);
  const labels = Object.entries(pool.labels);
  return (
    <>
      {bounded.length === 0 ? (
        <p className="quiet">{t("admin.pools.unbounded")}</p>
      ) : (
        <table className="figures">
          <thead>
            <tr>
              <th scope="col">{t("admin.pools.resource")}</th>
              <th scope="col">{t("admin.pools.most")}</th>
              <th scope="col">{t("admin.pools.default")}</th>
            </tr>
          </thead>
          <tbody>
            {bounded.map((each) => (
              <tr key={each}>
                <th scope="row">{t(`admin.pools.resources.${FIELDS[each]}`)}</th>
                <td>{shown(each, "most")}</td>
                <td>{shown(each, "default")}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {labels.length > 0 && (
        <p className="tags quiet">
          {labels.map(([key, value]) => (
            <Tag key={key}>{`${key}=${value}`}</Tag>
          ))}
        </p>
      )}
      {pool.private && (
        <p className="quiet">
          {t("admin.pools.seenBy", { users: pool.users.join(", ") || t("account.none") })}
        </p>
      )}
    </>
  );
}

function Remove({ name }: { name: string }) {
  const { t } = useTranslation();
  const message = useMessages();
  const complain = useComplaint();
  const asking = useQueryClient();
  const removing = useMutation({
    mutationFn: () => ok(api.DELETE("/api/v1/pools/{name}", { params: { path: { name } } })),
    onSuccess: () => message.success(t("admin.pools.removed", { name })),
    onError: (error) => complain(error),
    onSettled: () => asking.invalidateQueries({ queryKey: ["pools"] }),
  });
  return (
    <Popconfirm
      title={t("admin.pools.removeSure", { name })}
      description={t("admin.pools.removeText")}
      okText={t("admin.remove")}
      okButtonProps={{ danger: true }}
      cancelText={t("app.cancel")}
      onConfirm={() => removing.mutateAsync().catch(() => undefined)}
    >
      <Button
        size="small"
        danger
        loading={removing.isPending}
        aria-label={t("admin.pools.removeOf", { name })}
      >
        {t("admin.remove")}
      </Button>
    </Popconfirm>
  );
}
