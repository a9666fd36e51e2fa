import { Segmented, Select, Switch } from "antd";
import { useTranslation } from "react-i18next";
import { SearchInput } from "../../ui/SearchInput";
import { nameOf } from "../names";
import { useWrites } from "../queries";
import { type Row, shortId } from "../rows";
import type { useShown } from "../useShown";
import { ViewMenu } from "../views/ViewMenu";
import { MANNERS, type Manner } from "./CompareCell";

interface Props {
  project: string;
  picked: readonly Row[];
  base: number;
  manner: Manner;
  different: boolean;
  find: string;
  state: ReturnType<typeof useShown>;
  put: (changes: Record<string, string>) => void;
}

/** The base, how differences are told, and which lines are shown. */
export default function CompareTools({ project, picked, base, manner, different, find, state, put }: Props) {
  const { t } = useTranslation();
  const writes = useWrites(project);
  const { shown, views, current, changed, onView } = state;
  const jobs = picked.map(({ id }) => shortId(id));
  const atBase = jobs[base] ?? "";
  return (
    <>
      <Select
        showSearch={{ optionFilterProp: "label" }}
        aria-label={t("evaluations.compare.base")}
        prefix={<span className="faint">{t("evaluations.compare.base")}</span>}
        className="base"
        value={atBase}
        options={picked.map((row) => ({ value: shortId(row.id), label: nameOf(row) }))}
        onChange={(id) => put({ base: id })}
      />
      <Segmented
        aria-label={t("evaluations.compare.manner")}
        value={manner}
        options={MANNERS.map((value) => ({ value, label: t(`evaluations.compare.manners.${value}`) }))}
        onChange={(value) => put({ as: value === "both" ? "" : value })}
      />
      <span className="switch">
        <Switch
          size="small"
          checked={different}
          aria-label={t("evaluations.compare.different")}
          onChange={(on) => put({ different: on ? "1" : "" })}
        />
        <span aria-hidden>{t("evaluations.compare.different")}</span>
      </span>
      <SearchInput label={t("evaluations.compare.find")} search={find} show={(text) => put({ find: text })} />
      <ViewMenu
        project={project}
        views={views}
        current={current}
        shown={shown}
        changed={changed}
        writes={writes}
        onView={onView}
      />
    </>
  );
}
