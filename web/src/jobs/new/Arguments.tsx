import { Input, Select } from "antd";
import { useTranslation } from "react-i18next";
import { Field } from "./Field";
import type { FormProps } from "./form";
import { type Option, type Value, valuesOf, wordsOf } from "./options";

interface Props extends FormProps {
  options: Option[];
}

/** A form made of what the handler itself says that it takes. */
export function Arguments({ order, change, told, options }: Props) {
  const { t } = useTranslation();
  const { values, rest } = valuesOf(options, order.arguments);
  const set = (name: string, value: Value | undefined): void => {
    const next = new Map(values);
    if (value === undefined) next.delete(name);
    else next.set(name, value);
    change({ arguments: wordsOf(options, next, rest) });
  };
  const shown = options.filter(({ hidden, name }) => !hidden || values.has(name));
  return (
    <section className="panel" aria-labelledby="order-arguments">
      <h2 id="order-arguments">{t("jobs.facts.arguments")}</h2>
      {shown.length === 0 && <p className="faint">{t("jobs.order.noArguments")}</p>}
      <div className="order-grid">
        {shown.map((option) => (
          <Field
            key={option.name}
            label={<code>{option.name}</code>}
            required={option.required}
            hint={<Hint option={option} />}
            told={told(`argument:${option.name}`)}
          >
            {(given) => (
              <Control
                given={given}
                option={option}
                value={values.get(option.name)}
                set={(value) => set(option.name, value)}
              />
            )}
          </Field>
        ))}
      </div>
      {rest.length > 0 && (
        <Field label={t("jobs.order.others")} told={told("arguments")}>
          {(given) => (
            <Select
              {...given}
              mode="tags"
              open={false}
              suffixIcon={null}
              value={rest}
              onChange={(words) => change({ arguments: wordsOf(options, values, words) })}
            />
          )}
        </Field>
      )}
    </section>
  );
}

function Hint({ option }: { option: Option }) {
  const { t } = useTranslation();
  const usual = option.usual !== null && option.usual !== "" && option.usual !== "[]";
  return (
    <>
      {option.help}
      {option.help && " · "}
      <span className="kind">{t(`jobs.order.kinds.${option.kind}`)}</span>
      {option.multiple && <span className="kind"> · {t("jobs.order.several")}</span>}
      {usual && !option.flag && (
        <>
          {" · "}
          {t("jobs.order.usual")} <code>{option.usual}</code>
        </>
      )}
    </>
  );
}

interface ControlProps {
  given: { id: string; "aria-describedby": string; status: "" | "error" };
  option: Option;
  value: Value | undefined;
  set: (value: Value | undefined) => void;
}

function Control(properties: ControlProps) {
  const { option } = properties;
  if (option.flag || (option.kind === "boolean" && !option.multiple)) return <YesOrNo {...properties} />;
  if (option.multiple) return <Several {...properties} />;
  if (option.choices.length > 0) return <OneOf {...properties} />;
  return <Typed {...properties} />;
}

function YesOrNo({ given, option, value, set }: ControlProps) {
  const { t } = useTranslation();
  const [yes, no] = option.flag ? [true, false] : ["true", "false"];
  const usual = option.usual?.toLowerCase() === "true" ? "yes" : "no";
  const choose = (chosen: string | undefined): void => {
    if (chosen === undefined) set(undefined);
    else set(chosen === "true" ? yes : no);
  };
  return (
    <Select
      {...given}
      allowClear
      value={value === undefined ? null : String(value).toLowerCase()}
      placeholder={t(`jobs.order.${usual}`)}
      options={[
        { value: "true", label: t("jobs.order.yes") },
        { value: "false", label: t("jobs.order.no") },
      ]}
      onChange={choose}
    />
  );
}

function Several({ given, option, value, set }: ControlProps) {
  const { t } = useTranslation();
  const free = option.choices.length === 0;
  return (
    <Select
      {...given}
      mode={free ? "tags" : "multiple"}
      {...(free && { open: false, suffixIcon: null })}
      value={Array.isArray(value) ? value : []}
      options={option.choices.map((each) => ({ value: each, label: each }))}
      placeholder={t("jobs.order.severalHint")}
      onChange={(chosen: string[]) => set(chosen.length > 0 ? chosen : undefined)}
    />
  );
}

function OneOf({ given, option, value, set }: ControlProps) {
  return (
    <Select
      {...given}
      allowClear
      value={typeof value === "string" ? value : null}
      placeholder={option.usual}
      options={option.choices.map((each) => ({ value: each, label: each }))}
      onChange={(chosen?: string) => set(chosen)}
    />
  );
}

const MODES = {
  integer: "numeric",
  float: "decimal",
  boolean: "text",
  choice: "text",
  text: "text",
} as const;

function Typed({ given, option, value, set }: ControlProps) {
  return (
    <Input
      {...given}
      inputMode={MODES[option.kind]}
      autoComplete="off"
      value={typeof value === "string" ? value : ""}
      placeholder={option.usual ?? ""}
      onChange={({ target }) => set(target.value === "" ? undefined : target.value)}
    />
  );
}
