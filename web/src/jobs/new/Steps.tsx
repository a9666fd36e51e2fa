import { Input, InputNumber } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { shortHandler } from "../names";
import { objectOf } from "../plan";
import { amountOf } from "../resources";
import { Field } from "./Field";
import type { FormProps } from "./form";
import type { Handler } from "./handlers";
import type { StepWish } from "./order";

interface Props extends FormProps {
  steps: Handler[];
}

const RESOURCES = ["cpu", "memory", "nvidia.com/gpu"] as const;
type Resource = (typeof RESOURCES)[number];

/** How many tasks each step has, and what each of them is given. */
export function Steps({ order, change, told, steps }: Props) {
  const { t } = useTranslation();
  const set = (id: string, wish: StepWish): void => {
    const next = { ...order.steps };
    if (Object.keys(wish).length > 0) next[id] = wish;
    else delete next[id];
    change({ steps: next });
  };
  return (
    <section className="panel" aria-labelledby="order-steps">
      <h2 id="order-steps">{t("jobs.steps.title", { count: steps.length })}</h2>
      <p className="faint">{t("jobs.order.stepsText")}</p>
      {told("steps") && (
        <p className="fault" role="alert">
          {t("jobs.order.faults.unknown")}
        </p>
      )}
      {steps.map((step) => (
        <StepForm
          key={step.id}
          step={step}
          wish={order.steps[step.id] ?? order.steps[step.name] ?? {}}
          set={(wish) => set(order.steps[step.name] ? step.name : step.id, wish)}
          told={(field) => told(`step:${step.id}${field}`)}
        />
      ))}
    </section>
  );
}

interface StepProps {
  step: Handler;
  wish: StepWish;
  set: (wish: StepWish) => void;
  /** What is wrong with a field of it; with all of it for an empty one. */
  told: FormProps["told"];
}

function StepForm({ step, wish, set, told }: StepProps) {
  const { t, i18n } = useTranslation();
  const replicas = (value: number | null): void => {
    const { replicas: _, ...others } = wish;
    set(value === null ? others : { ...others, replicas: value });
  };
  // What is on its way to a number, such as "1.", is no other number yet, and must stay to be written on.
  const [typed, type] = useState<Partial<Record<Resource, string>>>({});
  const resource = (name: Resource, value: string): void => {
    type({ ...typed, [name]: value });
    const { resources = step.resources, ...others } = wish;
    const next: Record<string, unknown> = { ...resources };
    const amount = typedAmount(name, value);
    if (amount === undefined) delete next[name];
    else next[name] = amount;
    const usual = JSON.stringify(next) === JSON.stringify(step.resources);
    set(usual ? others : { ...others, resources: next });
  };
  const given = wish.resources ?? step.resources;
  return (
    <fieldset className="order-step">
      <legend>
        <code>{shortHandler(step.id)}</code>
      </legend>
      <div className="order-grid four">
        <Field label={t("jobs.order.replicas")} told={told("")}>
          {({ status, ...control }) => (
            <InputNumber
              {...control}
              status={status}
              min={1}
              max={10_000}
              precision={0}
              value={wish.replicas ?? null}
              placeholder={String(step.replicas)}
              onChange={replicas}
            />
          )}
        </Field>
        {RESOURCES.map((name) => (
          <Field
            key={name}
            label={t(`jobs.order.resources.${name === "nvidia.com/gpu" ? "gpu" : name}`)}
            told={told(`:${name}`)}
          >
            {({ status, ...control }) => (
              <Input
                {...control}
                status={status}
                autoComplete="off"
                value={shownAmount(name, typed[name], given[name], i18n.language)}
                placeholder={t("jobs.order.anything")}
                onChange={({ target }) => resource(name, target.value)}
              />
            )}
          </Field>
        ))}
      </div>
    </fieldset>
  );
}

/** What is meant by what is typed; undefined by nothing. */
function typedAmount(name: Resource, text: string): string | number | undefined {
  const bare = text.trim();
  if (bare === "") return undefined;
  return name === "memory" || Number.isNaN(Number(bare)) ? bare : Number(bare);
}

/** What was typed, as long as it means what is there, or else that. */
export function shownAmount(
  name: Resource,
  typed: string | undefined,
  given: unknown,
  language: string,
): string {
  return typed !== undefined && typedAmount(name, typed) === given ? typed : textOf(given, name, language);
}

/** What a form shows of an amount: as it was typed, or what a handler asks for at least. */
function textOf(value: unknown, name: Resource, language: string): string {
  if (value === undefined || value === null) return "";
  if (typeof value !== "object") return String(value);
  const { request, limit } = objectOf(value);
  const amount = request ?? limit;
  if (typeof amount !== "number") return String(amount ?? "");
  return name === "memory" ? amountOf(name, amount, language).replace(" ", "") : String(amount);
}
