import { Button, Input, InputNumber, Segmented, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type Filter, isPattern, type Kind, type Op, type Ops } from "./filter";

/** What rows in the browser can be held against. */
const HELD: Ops = {
  number: ["range", "any", "none"],
  time: ["days", "any", "none"],
  boolean: ["is", "any", "none"],
  choice: ["in", "has", "like", "any", "none"],
  text: ["has", "like", "any", "none"],
  other: ["has", "like", "any", "none"],
};

/** A condition that says nothing yet. */
function blank(column: string, op: Op): Filter {
  switch (op) {
    case "range":
      return { column, op, from: undefined, to: undefined };
    case "days":
      return { column, op, from: "", to: "" };
    case "has":
    case "like":
      return { column, op, text: "" };
    case "in":
      return { column, op, values: [] };
    case "is":
      return { column, op, value: true };
    default:
      return { column, op };
  }
}

interface Props {
  title: string;
  filter: Filter | undefined;
  column?: string;
  kind: Kind;
  choices: readonly string[];
  /** Which conditions there are, where not all of them. */
  ops?: Ops | undefined;
  onDone: (filter: Filter) => void;
}

/** One condition, in the form that its column asks for. */
export default function FilterForm({
  title,
  filter,
  column = filter?.column ?? "",
  kind,
  choices,
  ops: known = HELD,
  onDone,
}: Props) {
  const { t } = useTranslation();
  const ops = known[kind];
  const [draft, setDraft] = useState<Filter>(() => filter ?? blank(column, ops[0] ?? "has"));
  const offered = ops.includes(draft.op) ? ops : [draft.op, ...ops];
  const wrong = draft.op === "like" && !isPattern(draft.text);
  return (
    <form
      className="filter-form"
      aria-label={title}
      onSubmit={(event) => {
        event.preventDefault();
        if (!wrong) onDone(draft);
      }}
    >
      <Select
        aria-label={t("filtering.how")}
        value={draft.op}
        options={offered.map((value) => ({ value, label: t(`filtering.ops.${value}`) }))}
        onChange={(op) => setDraft(blank(column, op))}
      />
      <Operand draft={draft} setDraft={setDraft} choices={choices} />
      {wrong && <p className="wrong">{t("filtering.noPattern")}</p>}
      <Button type="primary" htmlType="submit" disabled={wrong}>
        {t("filtering.apply")}
      </Button>
    </form>
  );
}

interface OperandProps {
  draft: Filter;
  setDraft: (filter: Filter) => void;
  choices: readonly string[];
}

function Operand({ draft, setDraft, choices }: OperandProps) {
  const { t } = useTranslation();
  switch (draft.op) {
    case "range":
      return (
        <div className="two">
          <InputNumber
            aria-label={t("filtering.from")}
            placeholder={t("filtering.from")}
            value={draft.from ?? null}
            onChange={(from) => setDraft({ ...draft, from: from ?? undefined })}
          />
          <InputNumber
            aria-label={t("filtering.to")}
            placeholder={t("filtering.to")}
            value={draft.to ?? null}
            onChange={(to) => setDraft({ ...draft, to: to ?? undefined })}
          />
        </div>
      );
    case "days":
      return (
        <div className="two">
          <Input
            type="date"
            aria-label={t("filtering.from")}
            value={draft.from}
            onChange={({ target }) => setDraft({ ...draft, from: target.value })}
          />
          <Input
            type="date"
            aria-label={t("filtering.to")}
            value={draft.to}
            onChange={({ target }) => setDraft({ ...draft, to: target.value })}
          />
        </div>
      );
    case "has":
    case "like":
      return (
        <Input
          autoFocus
          aria-label={t("filtering.text")}
          value={draft.text}
          maxLength={200}
          onChange={({ target }) => setDraft({ ...draft, text: target.value })}
        />
      );
    case "in":
      return (
        <Select
          mode={choices.length > 0 ? "multiple" : "tags"}
          {...(choices.length === 0 && { open: false, suffixIcon: null })}
          aria-label={t("filtering.values")}
          placeholder={t("filtering.values")}
          value={[...draft.values]}
          options={choices.map((value) => ({ value, label: value }))}
          onChange={(values) => setDraft({ ...draft, values })}
        />
      );
    case "is":
      return (
        <Segmented
          aria-label={t("filtering.values")}
          value={String(draft.value)}
          options={[
            { value: "true", label: t("filtering.yes") },
            { value: "false", label: t("filtering.no") },
          ]}
          onChange={(value) => setDraft({ ...draft, value: value === "true" })}
        />
      );
    default:
      return null;
  }
}
