import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Button, Select } from "antd";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { api, ok } from "../../api/client";
import { AddressInput } from "../../ui/AddressInput";
import { SearchInput } from "../../ui/SearchInput";
import { type Filter, localOf, NOUNS, zonedOf } from "./filter";

interface Props {
  filter: Filter;
  /** Whether it is about the whole instance. */
  whole: boolean;
  say: (part: Partial<Filter>) => void;
}

/** Who, what, where and when. */
export default function Filters({ filter, whole, say }: Props) {
  const { t } = useTranslation();
  const kinds = NOUNS.map((noun) => ({ value: `${noun}.`, label: t(`admin.audit.nouns.${noun}`) }));
  const known = kinds.some(({ value }) => value === filter.name);
  const own = filter.name && !known ? [{ value: filter.name, label: filter.name }] : [];
  const some = filter.name || filter.actor || filter.since || filter.until || (whole && filter.project);
  return (
    <div className="filters">
      <SearchInput label={t("admin.audit.who")} search={filter.actor} show={(actor) => say({ actor })} />
      <Select
        allowClear
        showSearch={{ optionFilterProp: "label" }}
        aria-label={t("admin.audit.what")}
        placeholder={t("admin.audit.what")}
        options={[...own, ...kinds]}
        value={filter.name || null}
        onChange={(name) => say({ name: name ?? "" })}
      />
      {whole && <Project value={filter.project} say={(project) => say({ project })} />}
      <Moment label={t("admin.audit.since")} value={filter.since} say={(since) => say({ since })} />
      <Moment label={t("admin.audit.until")} value={filter.until} say={(until) => say({ until })} />
      {some && (
        <Button onClick={() => say({ name: "", actor: "", project: "", since: "", until: "" })}>
          {t("admin.audit.clear")}
        </Button>
      )}
    </div>
  );
}

function Project({ value, say }: { value: string; say: (project: string) => void }) {
  const { t } = useTranslation();
  const [search, setSearch] = useState("");
  const { data, isFetching } = useQuery({
    queryKey: ["projects", "any", search],
    placeholderData: keepPreviousData,
    queryFn: () => ok(api.GET("/api/v1/projects", { params: { query: { search, size: 20 } } })),
  });
  return (
    <Select
      allowClear
      loading={isFetching}
      aria-label={t("admin.audit.project")}
      placeholder={t("admin.audit.project")}
      showSearch={{ filterOption: false, onSearch: setSearch }}
      options={data?.items.map(({ name }) => ({ value: name, label: name })) ?? []}
      value={value || null}
      onChange={(project) => say(project ?? "")}
    />
  );
}

function Moment({ label, value, say }: { label: string; value: string; say: (moment: string) => void }) {
  const field = useId();
  return (
    <div className="moment">
      <label htmlFor={field} className="faint">
        {label}
      </label>
      <AddressInput
        id={field}
        type="datetime-local"
        value={localOf(value)}
        max="9999-12-31T23:59"
        say={(local) => say(zonedOf(local))}
      />
    </div>
  );
}
