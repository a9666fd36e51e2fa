import { Button, Empty } from "antd";
import { lazy, useDeferredValue, useState } from "react";
import { useTranslation } from "react-i18next";
import { useMe } from "../../account/me";
import { useList } from "../../api/lists";
import { Scene } from "../../shell/Scene";
import { More } from "../../ui/More";
import { Tag } from "../../ui/Tag";
import { Time } from "../../ui/Time";
import { type User, usersQuery } from "./queries";
import { ResetPassword } from "./ResetPassword";

const ChangeUser = lazy(() => import("./ChangeUser"));

export function Users({ search }: { search: string }) {
  const { t } = useTranslation();
  const wanted = useDeferredValue(search);
  const { found, items, total } = useList(usersQuery(wanted));
  const [changing, setChanging] = useState("");
  if (items.length === 0)
    return (
      <Empty
        image={Empty.PRESENTED_IMAGE_SIMPLE}
        description={<strong>{t("admin.users.none", { search: wanted })}</strong>}
      />
    );
  return (
    <>
      <ul className="lines" aria-busy={found.isFetching}>
        {items.map((user) => (
          <Line key={user.name} user={user} change={() => setChanging(user.name)} />
        ))}
      </ul>
      <More shown={items.length} total={total} found={found} />
      {changing && (
        <Scene waiting={null}>
          <ChangeUser name={changing} close={() => setChanging("")} />
        </Scene>
      )}
    </>
  );
}

function Line({ user, change }: { user: User; change: () => void }) {
  const { t } = useTranslation();
  const mine = useMe()?.name === user.name;
  const { name, email, admin, created_at: created, created_by: maker } = user;
  return (
    <li>
      <div className="what">
        <strong>{name}</strong> {mine && <Tag tone="info">{t("members.you")}</Tag>}{" "}
        {admin && <Tag tone="good">{t("account.admin")}</Tag>}{" "}
        {user.disabled_at && (
          <Tag tone="bad">
            <Time at={user.disabled_at} words={(when) => t("admin.users.disabledSince", { when })} />
          </Tag>
        )}
        <div className="faint">
          {email && <>{email} · </>}
          <Time
            at={created}
            words={(when) =>
              maker ? t("admin.users.madeBy", { when, who: maker }) : t("admin.users.made", { when })
            }
          />
        </div>
      </div>
      <Button size="small" onClick={change} aria-label={t("admin.users.changeOf", { name })}>
        {t("admin.users.change")}
      </Button>
      {!mine && <ResetPassword name={name} />}
    </li>
  );
}
