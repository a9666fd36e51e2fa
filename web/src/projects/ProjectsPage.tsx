import { PlusOutlined } from "@ant-design/icons";
import { Button, Segmented } from "antd";
import { lazy, useState } from "react";
import { useTranslation } from "react-i18next";
import { useMe } from "../account/me";
import { Scene } from "../shell/Scene";
import { SearchInput } from "../ui/SearchInput";
import { useAddress } from "../ui/useSearch";
import { Cards } from "./Cards";
import { parametersOf, SCOPES, SORTS, type View, viewOf } from "./view";

const NewProject = lazy(() => import("./NewProject"));

export default function ProjectsPage() {
  const { t } = useTranslation();
  const me = useMe();
  const [parameters, change] = useAddress();
  const [making, setMaking] = useState(false);
  const view = viewOf(parameters);
  const show = (part: Partial<View>): void => change((now) => parametersOf({ ...viewOf(now), ...part }));
  const scopes = SCOPES.filter((each) => me !== null || each === "all");
  return (
    <>
      <title>{`${t("projects.title")} · ${t("app.name")}`}</title>
      <div className="heading">
        <h1>{t("projects.title")}</h1>
        {me && (
          <Button type="primary" icon={<PlusOutlined aria-hidden />} onClick={() => setMaking(true)}>
            {t("projects.make")}
          </Button>
        )}
      </div>
      <div className="tools">
        <SearchInput label={t("projects.search")} search={view.search} show={(search) => show({ search })} />
        {scopes.length > 1 && (
          <Segmented
            aria-label={t("projects.scope")}
            options={scopes.map((value) => ({ value, label: t(`projects.scopes.${value}`) }))}
            value={view.scope}
            onChange={(scope) => show({ scope })}
          />
        )}
        <Segmented
          aria-label={t("projects.sort")}
          options={SORTS.map((value) => ({ value, label: t(`projects.sorts.${value}`) }))}
          value={view.sort}
          onChange={(sort) => show({ sort })}
        />
      </div>
      <Scene key={view.scope} of={String(parametersOf(view))}>
        <Cards view={view} clear={() => show({ search: "", scope: "all" })} make={() => setMaking(true)} />
      </Scene>
      {making && (
        <Scene waiting={null}>
          <NewProject close={() => setMaking(false)} />
        </Scene>
      )}
    </>
  );
}
