import { useQuery } from "@tanstack/react-query";
import { Empty, Select } from "antd";
import { useId } from "react";
import { useTranslation } from "react-i18next";
import { shortHandler, shortId } from "../jobs/names";
import { servingQuery } from "./queries";

interface Props {
  project: string;
  jobs: string[];
  choose: (jobs: string[]) => void;
  most: number;
}

/** Which of the jobs that serve something are tried out. */
export default function Chosen({ project, jobs, choose, most }: Props) {
  const { t } = useTranslation();
  const id = useId();
  const { data, isFetching } = useQuery(servingQuery(project));
  const known = (data ?? []).map((job) => ({
    value: job.id,
    label: [shortHandler(job.handler), job.comment, shortId(job.id)].filter(Boolean).join(" · "),
  }));
  if (data?.length === 0 && jobs.length === 0)
    return (
      <Empty className="nothing" description={<strong>{t("demo.none")}</strong>}>
        <p className="faint">{t("demo.noneText")}</p>
      </Empty>
    );
  return (
    <div className="demo-chosen">
      <label htmlFor={id}>{t("demo.models")}</label>
      <Select
        id={id}
        mode="multiple"
        maxCount={most}
        loading={isFetching}
        optionFilterProp="label"
        value={jobs}
        options={known}
        onChange={choose}
      />
    </div>
  );
}
