import { Button, Input, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type Act, actsOf, conditionOf, type Draft, draftOf } from "./conditions";
import type { Condition } from "./filter";
import { comparedAs } from "./types";

interface Props {
  columns: Record<string, string>;
  condition?: Condition;
  put: (condition: Condition) => void;
}

const KEY = "id";

/** One condition: a column, how it is compared, and with what. */
export function ConditionForm({ columns, condition, put }: Props) {
  const { t } = useTranslation();
  const known = KEY in columns ? columns : { ...columns, [KEY]: "mixed" };
  const [draft, setDraft] = useState(() => draftOf(condition, known));
  const [missing, setMissing] = useState(false);
  const type = known[draft.column] ?? "mixed";
  const acts = actsOf(type);
  const change = (part: Partial<Draft>): void => {
    setMissing(false);
    setDraft((old) => ({ ...old, ...part }));
  };
  const submit = (): void => {
    const made = conditionOf(draft, type);
    if (made) put(made);
    else setMissing(true);
  };
  return (
    <form
      className="rowcondition"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <Select
        showSearch
        aria-label={t("rows.column")}
        value={draft.column}
        onChange={(column) =>
          change({ column, act: actsOf(known[column] ?? "mixed")[0] ?? "null", typed: "", many: [] })
        }
        options={Object.entries(known).map(([value, type]) => ({
          value,
          label: value === KEY && !(KEY in columns) ? t("rows.key") : value,
          title: type,
        }))}
      />
      <Select
        aria-label={t("rows.comparison")}
        value={draft.act}
        onChange={(act: Act) => change({ act })}
        options={acts.map((value) => ({ value, label: t(`rows.comparisons.${value}`) }))}
      />
      <Value draft={draft} type={type} change={change} wrong={missing} />
      {missing && <span className="rowwrong">{t("rows.valueNeeded")}</span>}
      <Button type="primary" htmlType="submit">
        {t("rows.filterApply")}
      </Button>
    </form>
  );
}

interface ValueProps {
  draft: Draft;
  type: string;
  change: (part: Partial<Draft>) => void;
  wrong: boolean;
}

function Value({ draft, type, change, wrong }: ValueProps) {
  const { t } = useTranslation();
  const kind = comparedAs(type);
  const status = wrong ? "error" : "";
  if (draft.act === "null" || draft.act === "filled") return null;
  if (draft.act === "in")
    return (
      <Select
        mode="tags"
        status={status}
        aria-label={t("rows.values")}
        placeholder={t("rows.values")}
        value={draft.many}
        tokenSeparators={[",", "\n"]}
        notFoundContent={null}
        onChange={(many) => change({ many })}
      />
    );
  if (kind === "truth")
    return (
      <Select
        status={status}
        aria-label={t("rows.value")}
        value={draft.typed || null}
        onChange={(typed) => change({ typed: typed ?? "" })}
        options={[
          { value: "true", label: t("rows.yes") },
          { value: "false", label: t("rows.no") },
        ]}
      />
    );
  return (
    <Input
      autoFocus
      status={status}
      inputMode={kind === "number" ? "decimal" : "text"}
      aria-label={t("rows.value")}
      placeholder={kind === "time" ? "2026-01-31T12:00:00" : t("rows.value")}
      value={draft.typed}
      onChange={({ target }) => change({ typed: target.value })}
    />
  );
}
