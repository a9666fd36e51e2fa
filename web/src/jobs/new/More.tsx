import { Input, InputNumber, Select, Switch } from "antd";
import { useTranslation } from "react-i18next";
import { Field } from "./Field";
import type { FormProps } from "./form";

/** What is seldom changed. */
export function More({ order, change, told }: FormProps) {
  const { t } = useTranslation();
  return (
    <section className="panel" aria-labelledby="order-more">
      <h2 id="order-more">{t("jobs.order.more")}</h2>
      <Field label={t("jobs.comment.text")} told={told("comment")}>
        {(given) => (
          <Input
            {...given}
            maxLength={10_000}
            value={order.comment}
            onChange={({ target }) => change({ comment: target.value })}
          />
        )}
      </Field>
      <div className="order-grid">
        <Field label={t("jobs.facts.priority")} hint={t("jobs.order.priorityHint")} told={told("priority")}>
          {(given) => (
            <InputNumber
              {...given}
              min={-1000}
              max={1000}
              precision={0}
              value={order.priority}
              onChange={(priority) => change({ priority: priority ?? 0 })}
            />
          )}
        </Field>
        <Field
          label={t("jobs.order.release")}
          hint={t("jobs.order.releaseHint")}
          told={told("auto_release_time")}
        >
          {(given) => (
            <InputNumber
              {...given}
              min={0}
              max={1e9}
              value={order.auto_release_time || null}
              placeholder={t("jobs.order.never")}
              onChange={(seconds) => change({ auto_release_time: seconds ?? 0 })}
            />
          )}
        </Field>
        <Field label={t("jobs.order.deadline")} hint={t("jobs.order.deadlineHint")} told={told("deadline")}>
          {(given) => (
            <InputNumber
              {...given}
              min={0}
              max={1e9}
              value={order.deadline || null}
              placeholder={t("jobs.order.anything")}
              onChange={(seconds) => change({ deadline: seconds ?? 0 })}
            />
          )}
        </Field>
        <Field label={t("jobs.order.head")} hint={t("jobs.order.headHint")} told={told("dataset_head")}>
          {(given) => (
            <InputNumber
              {...given}
              min={0}
              precision={0}
              value={order.dataset_head || null}
              placeholder={t("jobs.order.everyRow")}
              onChange={(rows) => change({ dataset_head: rows ?? 0 })}
            />
          )}
        </Field>
        <Field
          label={t("jobs.order.isolation")}
          hint={t("jobs.order.isolationHint")}
          told={told("isolation")}
        >
          {(given) => (
            <Select
              {...given}
              value={order.isolation}
              options={[
                { value: "process", label: t("jobs.order.process") },
                { value: "thread", label: t("jobs.order.thread") },
              ]}
              onChange={(isolation) => change({ isolation })}
            />
          )}
        </Field>
      </div>
      <Field label={t("jobs.order.debug")} hint={t("jobs.order.debugHint")} told={told("debug")}>
        {({ status: _, ...given }) => (
          <div>
            <Switch {...given} checked={order.debug} onChange={(debug) => change({ debug })} />
          </div>
        )}
      </Field>
    </section>
  );
}
