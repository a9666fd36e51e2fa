import { useMutation, useQuery, useQueryClient, useSuspenseQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { lazy, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { useWriter } from "../../account/SignedOut";
import { savedAs } from "../../account/savedAs";
import { api, ok } from "../../api/client";
import { problemOf } from "../../api/fault";
import { useIntention } from "../../api/once";
import type { components } from "../../api/schema";
import { useMessages } from "../../shell/messages";
import { Scene } from "../../shell/Scene";
import { Trouble } from "../../ui/Trouble";
import { useUnsavedWarning } from "../../ui/unsaved";
import { named } from "../names";
import { Arguments } from "./Arguments";
import { check, fieldOf } from "./checks";
import type { Told } from "./Field";
import { optionsOf, stepsOf } from "./handlers";
import { More } from "./More";
import { bodyOf, type Order } from "./order";
import { beginningQuery, handlersQuery } from "./queries";
import { Steps } from "./Steps";
import { fromText, isMistake, type Mistake, toText } from "./text";
import { What } from "./What";
import "./order.css";
import { useAddress } from "../../ui/useSearch";

const YamlEditor = lazy(() => import("./YamlEditor"));
const SaveTemplate = lazy(() => import("../SaveTemplate"));

/** A form for an order, and the same order as YAML beside it. */
export default function NewJob({ project }: { project: string }) {
  const [parameters] = useAddress();
  const from = parameters.get("from") ?? "";
  const template = parameters.get("template") ?? "";
  const { data } = useSuspenseQuery(beginningQuery(project, from, template));
  const beginning = {
    ...data,
    ...(parameters.has("model") && { model: parameters.get("model") ?? "" }),
    ...(parameters.has("handler") && { handler: parameters.get("handler") ?? "" }),
    ...(parameters.has("dataset") && { datasets: parameters.getAll("dataset") }),
  };
  return <Ordering key={`${from} ${template}`} project={project} beginning={beginning} />;
}

function Ordering({ project, beginning }: { project: string; beginning: Order }) {
  const { t } = useTranslation();
  const [draft, setDraft] = useState<Draft>(() => ({ order: beginning, text: toText(beginning) }));
  const [begun] = useState(draft.text);
  const [pressed, setPressed] = useState(false);
  const [keeping, setKeeping] = useState(false);
  const { order, text, mistake } = draft;
  const model = named(order.model, project, "model");
  const handlers = useQuery(handlersQuery(model?.project ?? "", model?.name ?? "", model?.version ?? ""));
  const known = handlers.data ?? [];
  const steps = stepsOf(known, order.handler);
  const faults = check(order, known);
  const saved = useUnsavedWarning(text !== begun);
  const ordering = useOrdering(project, saved);
  const refused = ordering.error ? fieldOf(problemOf(ordering.error), order, known) : null;
  const told = (field: string): Told => {
    if (refused === field) return { error: ordering.error };
    const fault = faults.get(field);
    // What is still to be filled in is no fault before somebody tries to go on without it.
    return fault && (pressed || !["needed", "dataset", "validation"].includes(fault)) ? { fault } : undefined;
  };
  const change = (part: Partial<Order>): void => {
    if (ordering.error) ordering.reset();
    const next = { ...order, ...part };
    setDraft({ order: next, text: toText(next) });
  };
  const type = (typed: string): void => {
    if (ordering.error) ordering.reset();
    const read = fromText(typed);
    setDraft(isMistake(read) ? { order, text: typed, mistake: read } : { order: read, text: typed });
  };
  const ready = !mistake && faults.size === 0;
  const send = (): void => {
    setPressed(true);
    if (ready) ordering.mutate(order);
  };
  const form = { project, order, change, told };
  return (
    <div className="order">
      <div className="order-form" inert={mistake !== undefined}>
        <What {...form} model={model} handlers={known} loading={handlers.isFetching} />
        <Trouble error={handlers.error} />
        {steps.length > 0 && <Arguments {...form} options={optionsOf(steps)} />}
        {steps.length > 0 && <Steps {...form} steps={steps} />}
        <More {...form} />
      </div>
      <aside className="order-text panel" aria-labelledby="order-yaml">
        <h2 id="order-yaml">{t("jobs.order.yaml")}</h2>
        <p className="faint">{t("jobs.order.yamlText")}</p>
        <Scene>
          <YamlEditor text={text} type={type} label={t("jobs.order.yaml")} line={mistake?.line} />
        </Scene>
        {mistake && <Wrong mistake={mistake} />}
        <Trouble error={refused === null ? ordering.error : undefined} />
        {pressed && !ready && !mistake && (
          <p className="fault" role="alert">
            {t("jobs.order.notReady")}
          </p>
        )}
        <div className="buttons">
          <Button type="primary" loading={ordering.isPending} disabled={mistake !== undefined} onClick={send}>
            {t("jobs.order.send")}
          </Button>
          <Button disabled={!ready} onClick={() => setKeeping(true)}>
            {t("jobs.templates.save")}
          </Button>
        </div>
      </aside>
      {keeping && (
        <Scene waiting={null}>
          <SaveTemplate project={project} source={{ of: bodyOf(order) }} close={() => setKeeping(false)} />
        </Scene>
      )}
    </div>
  );
}

/** An order and the text that says it; where that cannot be read, the last order that it said. */
interface Draft {
  order: Order;
  text: string;
  mistake?: Mistake;
}

function useOrdering(project: string, saved: () => void) {
  const { t } = useTranslation();
  const message = useMessages();
  const asking = useQueryClient();
  const navigate = useNavigate();
  const writer = useWriter();
  const intention = useIntention<components["schemas"]["NewJob"]>();
  return useMutation({
    mutationFn: (order: Order) => {
      const meant = intention.meant(order, () => bodyOf(order));
      const params = { ...meant.params, path: { project } };
      return savedAs(writer.name, asking, () =>
        ok(api.POST("/api/v1/projects/{project}/jobs", { ...meant, params })),
      );
    },
    onSuccess: ({ id }) => {
      intention.done();
      saved();
      message.success(t("jobs.order.sent"));
      void asking.invalidateQueries({ queryKey: ["jobs", project] });
      navigate(`/projects/${project}/jobs/${id}`);
    },
  });
}

function Wrong({ mistake: { line, what } }: { mistake: Mistake }) {
  const { t } = useTranslation();
  return (
    <p className="fault" role="alert">
      {t("jobs.order.wrongLine", { line })}{" "}
      {what.kind === "yaml" ? (
        <span lang="en">{what.detail}</span>
      ) : (
        t(`jobs.order.wrong.${what.kind}`, { field: what.field })
      )}
    </p>
  );
}
