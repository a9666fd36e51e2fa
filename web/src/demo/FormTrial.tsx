import { Button } from "antd";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { shortLengthOf } from "../jobs/length";
import { Trouble } from "../ui/Trouble";
import { call, type Model } from "./calling";
import { Inputs } from "./Inputs";
import { Result } from "./Result";
import type { Served } from "./spec";
import { useTyped } from "./useTyped";
import { argumentsOf, faultsOf } from "./values";

/** What has come of one call of one model. */
interface Outcome {
  values: unknown[];
  error: unknown;
  /** Milliseconds until it was whole; undefined while it is under way. */
  took: number | undefined;
}

/** A function with a form; what is typed goes to all models at once. */
export function FormTrial({ served, models }: { served: Served; models: Model[] }) {
  const { t } = useTranslation();
  const [typed, type] = useTyped(served.inputs);
  const [pressed, setPressed] = useState(false);
  const [outcomes, setOutcomes] = useState<Record<string, Outcome>>({});
  const under = useRef<AbortController>(undefined);
  useEffect(() => () => under.current?.abort(), []);
  const faults = faultsOf(served.inputs, typed);
  const busy = Object.values(outcomes).some(({ took }) => took === undefined);
  const put = (job: string, part: (old: Outcome) => Partial<Outcome>): void =>
    setOutcomes((old) => {
      const before = old[job] ?? NOTHING;
      return { ...old, [job]: { ...before, ...part(before) } };
    });
  const run = async (): Promise<void> => {
    setPressed(true);
    if (Object.keys(faults).length > 0) return;
    const control = new AbortController();
    under.current = control;
    const all = (outcome: Outcome): void =>
      setOutcomes(Object.fromEntries(models.map(({ job }) => [job, outcome])));
    all(NOTHING);
    let values: Awaited<ReturnType<typeof argumentsOf>>;
    try {
      values = await argumentsOf(served.inputs, typed);
    } catch (error) {
      // Browsers refuse to read a file that was changed since it was chosen.
      all({ ...NOTHING, error, took: 0 });
      return;
    }
    const one = async ({ job, base }: Model): Promise<void> => {
      const began = performance.now();
      const take = (value: unknown, whole: boolean): void =>
        put(job, ({ values: old }) => ({ values: whole ? [value] : together(old, value) }));
      const error = await call(`${base}${served.path}`, values, take, control.signal).then(
        () => undefined,
        (caught: unknown) => (control.signal.aborted ? undefined : caught),
      );
      put(job, () => ({ error, took: performance.now() - began }));
    };
    await Promise.all(models.map(one));
  };
  return (
    <>
      <form
        className="panel demo-form"
        onSubmit={(event) => {
          event.preventDefault();
          void run();
        }}
      >
        <Inputs inputs={served.inputs} typed={typed} faults={pressed ? faults : {}} change={type} />
        {served.inputs.length === 0 && <p className="faint">{t("demo.noInputs")}</p>}
        <div className="buttons">
          <Button type="primary" htmlType="submit" loading={busy}>
            {t("demo.run")}
          </Button>
          {busy && <Button onClick={() => under.current?.abort()}>{t("demo.stop")}</Button>}
        </div>
      </form>
      <div className="demo-models">
        {models.map((model) => (
          <One key={model.job} model={model} outcome={outcomes[model.job]} />
        ))}
      </div>
    </>
  );
}

const NOTHING: Outcome = { values: [], error: undefined, took: undefined };

/** Pieces of a text are one text. */
function together(values: unknown[], piece: unknown): unknown[] {
  const last = values.at(-1);
  return typeof last === "string" && typeof piece === "string"
    ? [...values.slice(0, -1), last + piece]
    : [...values, piece];
}

function One({ model, outcome }: { model: Model; outcome: Outcome | undefined }) {
  const { t, i18n } = useTranslation();
  return (
    <section className="panel" aria-label={model.name}>
      <div className="heading">
        <h2>{model.name}</h2>
        <span role="status" className="faint number">
          {outcome &&
            (outcome.took === undefined
              ? t("demo.running")
              : t("demo.took", { time: shortLengthOf(outcome.took, i18n.language) }))}
        </span>
      </div>
      {!outcome && <p className="faint">{t("demo.before")}</p>}
      {outcome?.values.map((value, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: results have no other name
        <Result key={at} value={value} />
      ))}
      <Trouble error={outcome?.error} />
    </section>
  );
}
