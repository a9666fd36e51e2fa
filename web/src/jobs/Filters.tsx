import { PushpinOutlined, SearchOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Button, Segmented, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useMe } from "../account/me";
import { api, ok } from "../api/client";
import { AddressInput } from "../ui/AddressInput";
import { JOB_STATES } from "./states";
import { isNarrow, type View, WHOLE } from "./view";

interface Props {
  project: string;
  view: View;
  show: (part: Partial<View>) => void;
}

export default function Filters({ project, view, show }: Props) {
  const { t } = useTranslation();
  const me = useMe();
  return (
    <search className="tools jobs-filters">
      <Typed name="text" view={view} show={show} label={t("jobs.filters.text")} />
      <Select
        mode="multiple"
        allowClear
        maxTagCount="responsive"
        aria-label={t("jobs.filters.states")}
        placeholder={t("jobs.filters.states")}
        value={view.states}
        options={JOB_STATES.map((value) => ({ value, label: t(`jobs.states.${value}`) }))}
        onChange={(states) => show({ states })}
        className="wider"
      />
      <Models project={project} model={view.model} choose={(model) => show({ model })} />
      <Typed name="handler" view={view} show={show} label={t("jobs.filters.handler")} />
      <Typed name="owner" view={view} show={show} label={t("jobs.filters.owner")} />
      {me && view.owner !== me.name && (
        <Button onClick={() => show({ owner: me.name })}>{t("jobs.filters.mine")}</Button>
      )}
      <Button
        type={view.pinned ? "primary" : "default"}
        aria-pressed={view.pinned}
        icon={<PushpinOutlined aria-hidden />}
        onClick={() => show({ pinned: !view.pinned })}
      >
        {t("jobs.filters.pinned")}
      </Button>
      <Segmented
        aria-label={t("jobs.filters.where")}
        value={view.trash ? "trash" : "all"}
        options={[
          { value: "all", label: t("jobs.filters.present") },
          { value: "trash", label: t("jobs.filters.trash") },
        ]}
        onChange={(where) => show({ trash: where === "trash" })}
      />
      {isNarrow(view) && (
        <Button type="link" onClick={() => show({ ...WHOLE, trash: view.trash, sort: view.sort })}>
          {t("jobs.filters.clear")}
        </Button>
      )}
    </search>
  );
}

function Models(properties: { project: string; model: string; choose: (model: string) => void }) {
  const { project, model, choose } = properties;
  const { t } = useTranslation();
  const [search, setSearch] = useState("");
  const { data, isFetching } = useQuery({
    queryKey: ["models", project, "choice", search],
    queryFn: () =>
      ok(
        api.GET("/api/v1/projects/{project}/models", {
          params: { path: { project }, query: { name: search, latest: true, size: 50 } },
        }),
      ),
  });
  return (
    <Select
      allowClear
      loading={isFetching}
      showSearch={{ filterOption: false, onSearch: setSearch }}
      aria-label={t("jobs.filters.model")}
      placeholder={t("jobs.filters.model")}
      value={model || null}
      options={data?.items.map(({ name }) => ({ value: name, label: name })) ?? []}
      onChange={(chosen) => choose(chosen ?? "")}
      popupMatchSelectWidth={false}
    />
  );
}

interface TypedProps {
  name: "text" | "handler" | "owner";
  label: string;
  view: View;
  show: (part: Partial<View>) => void;
}

function Typed({ name, label, view, show }: TypedProps) {
  return (
    <AddressInput
      label={label}
      prefix={name === "text" ? <SearchOutlined aria-hidden /> : undefined}
      value={view[name]}
      say={(text) => show({ [name]: text })}
      className={name === "text" ? "search" : "narrower"}
    />
  );
}
