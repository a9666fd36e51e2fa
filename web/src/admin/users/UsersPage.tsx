import { UserAddOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { lazy, useState } from "react";
import { useTranslation } from "react-i18next";
import { Scene } from "../../shell/Scene";
import { SearchInput } from "../../ui/SearchInput";
import { useSearch } from "../../ui/useSearch";
import { AdminFrame } from "../AdminFrame";
import { Users } from "./Users";

const Invitations = lazy(() => import("../invitations/Invitations"));
const NewUser = lazy(() => import("./NewUser"));

export default function UsersPage() {
  const { t } = useTranslation();
  const [making, setMaking] = useState(false);
  const [{ search }, say] = useSearch("search");
  const actions = (
    <Button type="primary" icon={<UserAddOutlined aria-hidden />} onClick={() => setMaking(true)}>
      {t("admin.users.make")}
    </Button>
  );
  return (
    <AdminFrame room="users" actions={actions}>
      <div className="columns wide-left">
        <section className="panel" aria-label={t("admin.rooms.users")}>
          <div className="tools tight">
            <SearchInput
              label={t("admin.users.search")}
              search={search}
              show={(wanted) => say({ search: wanted })}
            />
          </div>
          <Scene of={search}>
            <Users search={search} />
          </Scene>
        </section>
        <Scene>
          <Invitations project="" />
        </Scene>
      </div>
      {making && (
        <Scene waiting={null}>
          <NewUser close={() => setMaking(false)} />
        </Scene>
      )}
    </AdminFrame>
  );
}
