import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Empty, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useVersions } from "../../artifacts/useVersions";
import { type Named, named, shortHandler, shortId } from "../names";
import { Field } from "./Field";
import type { FormProps } from "./form";
import { type Handler, stepsOf } from "./handlers";
import { choiceQuery, poolsQuery } from "./queries";

interface Props extends FormProps {
  model: Named | null;
  handlers: Handler[];
  loading: boolean;
}

/** What is to be run, over what, with what, and where. */
export function What({ project, order, change, told, model, handlers, loading }: Props) {
  const { t } = useTranslation();
  const wants = stepsOf(handlers, order.handler).some((step) => step.wantsDatasets);
  return (
    <section className="panel" aria-labelledby="order-what">
      <h2 id="order-what">{t("jobs.order.what")}</h2>
      <div className="order-pair">
        <Model project={project} order={order} change={change} told={told} model={model} />
        <Version project={project} order={order} change={change} told={told} model={model} />
      </div>
      <Field label={t("jobs.facts.handler")} required told={told("handler")}>
        {(given) => (
          <Select
            {...given}
            showSearch
            loading={loading}
            disabled={!model}
            value={order.handler || null}
            options={handlers.map(({ id, needs, expose }) => ({
              value: id,
              label: (
                <>
                  {shortHandler(id)} <span className="faint">{id}</span>
                  {needs.length > 0 && (
                    <span className="faint">
                      {" "}
                      · {t("jobs.order.after", { steps: needs.map(shortHandler).join(", ") })}
                    </span>
                  )}
                  {expose > 0 && (
                    <span className="faint"> · {t("jobs.services.port", { port: String(expose) })}</span>
                  )}
                </>
              ),
            }))}
            onChange={(handler) => change({ handler, steps: {}, arguments: [] })}
          />
        )}
      </Field>
      <Datasets
        project={project}
        order={order}
        change={change}
        told={told}
        name="datasets"
        required={wants}
      />
      {handlers.some((each) => each.id === order.handler && each.wantsValidation) && (
        <Datasets
          project={project}
          order={order}
          change={change}
          told={told}
          name="validation_datasets"
          required
        />
      )}
      <div className="order-pair">
        <Runtime project={project} order={order} change={change} told={told} />
        <Pool project={project} order={order} change={change} told={told} />
      </div>
    </section>
  );
}

type OfModel = FormProps & { model: Named | null };

function Model({ project, order, change, told, model }: OfModel) {
  const { t } = useTranslation();
  const [search, setSearch] = useState("");
  const found = useQuery({ ...choiceQuery("model", project, search), placeholderData: keepPreviousData });
  return (
    <Field label={t("jobs.facts.model")} required told={told("model")}>
      {(given) => (
        <Select
          {...given}
          showSearch={{ filterOption: false, onSearch: setSearch }}
          loading={found.isFetching}
          value={model?.name ?? (order.model || null)}
          options={found.data?.map(({ name }) => ({ value: name, label: name })) ?? []}
          notFoundContent={
            <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t("jobs.order.noModel")} />
          }
          onChange={(name) =>
            change({ model: `${name}/version/latest`, handler: "", steps: {}, arguments: [] })
          }
        />
      )}
    </Field>
  );
}

function Version({ project, order, change, model }: OfModel) {
  const { t } = useTranslation();
  const name = model?.name ?? "";
  const { versions, select } = useVersions({ kind: "model", project: model?.project ?? project, name });
  const latest = { value: "latest", label: t("jobs.order.latest") };
  const value = model?.version ?? null;
  const meant = versions.find(({ version, tags }) => version === value || tags.includes(value ?? ""));
  return (
    <Field label={t("jobs.order.version")}>
      {(given) => (
        <Select
          {...given}
          {...select}
          disabled={!model}
          value={value === "latest" ? value : (meant?.version ?? value)}
          options={select.showSearch.searchValue ? select.options : [latest, ...select.options]}
          onChange={(version) => change({ model: versioned(order.model, name, version) })}
        />
      )}
    </Field>
  );
}

/** The same model at another version, wherever it lies. */
function versioned(address: string, name: string, version: string): string {
  const [full] = /^.*\/model\/[^/]+/.exec(address) ?? [name];
  return `${full}/version/${version}`;
}

function Datasets({
  project,
  order,
  change,
  told,
  name,
  required,
}: FormProps & { name: "datasets" | "validation_datasets"; required: boolean }) {
  const { t } = useTranslation();
  const [search, setSearch] = useState("");
  const found = useQuery({ ...choiceQuery("dataset", project, search), placeholderData: keepPreviousData });
  const own = found.data?.map((each) => ({ value: each.name, label: each.name })) ?? [];
  const chosen = order[name].map((value) => ({ value, label: labelOf(value, project) }));
  const values = new Set(chosen.map(({ value }) => value));
  return (
    <Field
      label={t(name === "datasets" ? "jobs.facts.datasets" : "jobs.facts.validation")}
      hint={t("jobs.order.datasetsHint")}
      required={required}
      told={told(name)}
    >
      {(given) => (
        <Select
          {...given}
          mode="tags"
          showSearch={{ filterOption: false, onSearch: setSearch }}
          loading={found.isFetching}
          value={order[name]}
          options={[...chosen, ...own.filter(({ value }) => !values.has(value))]}
          onChange={(chosen) => change({ [name]: chosen })}
        />
      )}
    </Field>
  );
}

function labelOf(address: string, project: string): string {
  const found = named(address, project, "dataset");
  if (!found) return address;
  return found.version === "latest" ? found.name : `${found.name} ${shortId(found.version)}`;
}

function Runtime({ project, order, change, told }: FormProps) {
  const { t } = useTranslation();
  const [search, setSearch] = useState("");
  const found = useQuery({ ...choiceQuery("runtime", project, search), placeholderData: keepPreviousData });
  const known = [
    { value: "", label: t("jobs.order.packaged") },
    { value: "none", label: t("jobs.facts.noRuntime") },
    ...(found.data?.map(({ name }) => ({ value: name, label: name })) ?? []),
  ];
  const there = known.some(({ value }) => value === order.runtime);
  const chosen = named(order.runtime, project, "runtime");
  const own = {
    value: order.runtime,
    label: chosen ? `${chosen.name} ${shortId(chosen.version)}` : order.runtime,
  };
  return (
    <Field label={t("jobs.facts.runtime")} told={told("runtime")}>
      {(given) => (
        <Select
          {...given}
          showSearch={{ filterOption: false, onSearch: setSearch }}
          loading={found.isFetching}
          value={order.runtime}
          options={there ? known : [own, ...known]}
          onChange={(runtime) => change({ runtime })}
        />
      )}
    </Field>
  );
}

function Pool({ order, change, told }: FormProps) {
  const { t } = useTranslation();
  const found = useQuery(poolsQuery);
  const pools = found.data ?? [];
  return (
    <Field label={t("jobs.facts.pool")} told={told("pool")}>
      {(given) => (
        <Select
          {...given}
          value={order.pool}
          options={[
            { value: "", label: t("jobs.order.anyPool") },
            ...pools.map(({ name, description }) => ({
              value: name,
              label: (
                <>
                  {name} <span className="faint">{description}</span>
                </>
              ),
            })),
          ]}
          onChange={(pool) => change({ pool })}
        />
      )}
    </Field>
  );
}
