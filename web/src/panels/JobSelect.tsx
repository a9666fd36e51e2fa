import { queryOptions, useSuspenseQuery } from "@tanstack/react-query";
import { Select } from "antd";
import { useTranslation } from "react-i18next";
import { exact } from "../i18n/times";
import { answerOf } from "./queries";
import { textOf } from "./spec";

const MOST = 500;
const COLUMNS = ["sys/model", "sys/created_at", "sys/name"];

/** Evaluations of a project, those that have a row in its summary. */
const evaluationsQuery = (project: string) =>
  queryOptions({
    queryKey: ["evaluations", "names", project],
    queryFn: () =>
      answerOf(project, { type: "rows", question: { tables: ["summary"], columns: COLUMNS, size: MOST } }),
  });

interface Props {
  project: string;
  job: string;
  choose: (job: string) => void;
}

export function JobSelect({ project, job, choose }: Props) {
  const { t, i18n } = useTranslation();
  const { data } = useSuspenseQuery(evaluationsQuery(project));
  const options = data.rows.map(({ id, values }) => {
    const made = values["sys/created_at"];
    const when = textOf(typeof made === "object" && made ? (made as { v?: unknown }).v : made);
    const told = [
      textOf(values["sys/name"]) || textOf(values["sys/model"]),
      when && exact(when, i18n.language),
    ];
    return { value: String(id), label: [String(id).slice(0, 12), ...told.filter(Boolean)].join(" · ") };
  });
  return (
    <Select
      id="panel-job"
      showSearch={{ optionFilterProp: "label" }}
      value={job || null}
      placeholder={t("panels.chooseJob")}
      notFoundContent={t("panels.noJobs")}
      options={options}
      onChange={choose}
    />
  );
}
