import { keepPreviousData, queryOptions, useQuery } from "@tanstack/react-query";
import { Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, ok } from "../api/client";
import type { components } from "../api/schema";
import { nameOf } from "../evaluations/names";
import { shortId } from "../evaluations/rows";
import { exact } from "../i18n/times";
import { Trouble } from "../ui/Trouble";

type Evaluated = components["schemas"]["Evaluated"];

const PAGE = 50;

/** Evaluations of a project that a text finds, the newest first; `next` says that there are more. */
const foundQuery = (project: string, text: string) =>
  queryOptions({
    queryKey: ["evaluations", "found", project, text],
    queryFn: ({ signal }) => {
      const params = { path: { project }, query: { text, size: PAGE } };
      return ok(api.GET("/api/v1/projects/{project}/evaluations", { params, signal }));
    },
    placeholderData: keepPreviousData,
  });

interface Props {
  project: string;
  job: string;
  choose: (job: string) => void;
}

/** One of the evaluations of a project, however many there are: the server looks for what is typed. */
export function JobSelect({ project, job, choose }: Props) {
  const { t, i18n } = useTranslation();
  const [search, setSearch] = useState("");
  const { data, error, isFetching } = useQuery(foundQuery(project, search.trim()));
  const told = ({ id, job: of }: Evaluated): string => {
    const name = nameOf({ id, job: of, summary: {} });
    const model = /([^/]+)\/version/.exec(of?.model ?? "")?.[1];
    return [name, model, of && exact(of.created_at, i18n.language)].filter(Boolean).join(" · ");
  };
  const found = (data?.items ?? []).map((each) => ({ value: each.id, label: told(each) }));
  const chosen = job && !search && !found.some(({ value }) => value === job);
  return (
    <>
      <Select
        id="panel-job"
        showSearch={{ filterOption: false, onSearch: setSearch }}
        loading={isFetching}
        value={job || null}
        placeholder={t("panels.chooseJob")}
        notFoundContent={t(isFetching ? "app.loading" : search ? "panels.noneFound" : "panels.noJobs")}
        options={chosen ? [{ value: job, label: shortId(job) }, ...found] : found}
        popupRender={(menu) => (
          <>
            {menu}
            {data?.next && <p className="faint more-jobs">{t("panels.moreJobs")}</p>}
          </>
        )}
        onChange={(id) => {
          setSearch("");
          choose(id);
        }}
      />
      <Trouble error={error} />
    </>
  );
}
