import { CloseOutlined, EditOutlined, FilterOutlined } from "@ant-design/icons";
import { Button, Input, Popover, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ConditionForm } from "./ConditionForm";
import { type Condition, conditionsOf, type Filter, filterOf, filterText, type NotAFilter } from "./filter";

interface Props {
  /** As the address has it. */
  text: string;
  filter: Filter | null;
  wrong: NotAFilter | null;
  columns: Record<string, string>;
  change: (text: string) => void;
}

/** The conditions that rows are filtered by: one by one, or as a text where they are more than a list. */
export function FilterBar({ text, filter, wrong, columns, change }: Props) {
  const { t } = useTranslation();
  const [writing, setWriting] = useState(false);
  const list = wrong ? undefined : conditionsOf(filter);
  if (writing || !list)
    return (
      <FilterText
        key={text}
        text={text}
        wrong={wrong}
        change={(next) => {
          setWriting(false);
          change(next);
        }}
        {...(list && { cancel: () => setWriting(false) })}
      />
    );
  const { join, parts } = list;
  const put = (next: Condition[], by = join): void => {
    const made = filterOf(by, next);
    change(made ? filterText(made) : "");
  };
  return (
    <fieldset className="rowfilters">
      <legend className="unseen">{t("rows.filters")}</legend>
      {parts.length > 1 && (
        <>
          <span className="faint">{t("rows.filterJoin")}</span>
          <Select
            size="small"
            value={join}
            aria-label={t("rows.filterJoin")}
            onChange={(by) => put(parts, by)}
            popupMatchSelectWidth={false}
            options={[
              { value: "and", label: t("rows.filterAnd") },
              { value: "or", label: t("rows.filterOr") },
            ]}
          />
        </>
      )}
      {parts.map((part, place) => (
        <Chip
          // biome-ignore lint/suspicious/noArrayIndexKey: the same condition may stand there twice
          key={`${filterText(part)} ${place}`}
          condition={part}
          columns={columns}
          put={(next) => put(next ? parts.with(place, next) : parts.toSpliced(place, 1))}
        />
      ))}
      <Adding columns={columns} add={(part) => put([...parts, part])} />
      <Button size="small" type="text" icon={<EditOutlined aria-hidden />} onClick={() => setWriting(true)}>
        {t("rows.filterText")}
      </Button>
      {parts.length > 0 && (
        <Button size="small" type="text" onClick={() => change("")}>
          {t("rows.filterClear")}
        </Button>
      )}
    </fieldset>
  );
}

function Adding({ columns, add }: { columns: Record<string, string>; add: (part: Condition) => void }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const put = (part: Condition): void => {
    setOpen(false);
    add(part);
  };
  return (
    <Popover
      classNames={{ root: "rowpop" }}
      open={open}
      onOpenChange={setOpen}
      trigger="click"
      placement="bottomLeft"
      destroyOnHidden
      content={<ConditionForm columns={columns} put={put} />}
    >
      <Button size="small" icon={<FilterOutlined aria-hidden />}>
        {t("rows.filterAdd")}
      </Button>
    </Popover>
  );
}

interface ChipProps {
  condition: Condition;
  columns: Record<string, string>;
  put: (next: Condition | null) => void;
}

function Chip({ condition, columns, put }: ChipProps) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const text = filterText(condition);
  return (
    <span className="rowchip">
      <Popover
        classNames={{ root: "rowpop" }}
        open={open}
        onOpenChange={setOpen}
        trigger="click"
        placement="bottomLeft"
        destroyOnHidden
        content={
          <ConditionForm
            columns={columns}
            condition={condition}
            put={(next) => {
              setOpen(false);
              put(next);
            }}
          />
        }
      >
        <button type="button" aria-label={t("rows.filterChange", { text })} title={text}>
          <code>{text}</code>
        </button>
      </Popover>
      <button
        type="button"
        aria-label={t("rows.filterRemove", { text })}
        className="away"
        onClick={() => put(null)}
      >
        <CloseOutlined aria-hidden />
      </button>
    </span>
  );
}

interface TextProps {
  text: string;
  wrong: NotAFilter | null;
  change: (text: string) => void;
  cancel?: () => void;
}

function FilterText({ text, wrong, change, cancel }: TextProps) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState(text);
  const told =
    wrong &&
    (wrong.at >= text.length ? t("rows.filterWrongEnd") : t("rows.filterWrong", { at: wrong.at + 1 }));
  return (
    <form
      className="rowfilters"
      onSubmit={(event) => {
        event.preventDefault();
        change(typed.trim());
      }}
    >
      <Input
        className="mono"
        autoFocus
        status={wrong ? "error" : ""}
        value={typed}
        maxLength={6000}
        aria-label={t("rows.filterTextLabel")}
        aria-invalid={wrong !== null}
        aria-describedby="filter-told"
        onChange={({ target }) => setTyped(target.value)}
      />
      <Button type="primary" htmlType="submit">
        {t("rows.filterApply")}
      </Button>
      {cancel ? (
        <Button onClick={cancel}>{t("app.cancel")}</Button>
      ) : (
        <Button onClick={() => change("")}>{t("rows.filterClear")}</Button>
      )}
      <span id="filter-told" role="status" className={told ? "rowwrong" : "faint"}>
        {told || t("rows.filterHelp")}
      </span>
    </form>
  );
}
