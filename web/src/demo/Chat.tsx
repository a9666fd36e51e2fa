import { Button, Input } from "antd";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { shortLengthOf } from "../jobs/length";
import { useExplained } from "../ui/Trouble";
import { answerOf, call, type Model } from "./calling";
import { Inputs } from "./Inputs";
import type { Served } from "./spec";
import { useTyped } from "./useTyped";
import { argumentsOf, faultsOf } from "./values";

interface Said {
  content: string;
  bot: boolean;
  /** Milliseconds that the answer has taken; undefined while it comes. */
  took?: number | undefined;
  failed?: boolean;
  /** Why it ended before its end. */
  why?: string;
}

type Talks = Record<string, Said[]>;

/** A talk with each of the models: what is written goes to all, and each goes on with its own answers. */
export function Chat({ served, models }: { served: Served; models: Model[] }) {
  const { t } = useTranslation();
  const explained = useExplained();
  const [talks, setTalks] = useState<Talks>({});
  const [text, setText] = useState("");
  const [typed, type] = useTyped(served.inputs);
  const [busy, setBusy] = useState(false);
  const under = useRef<AbortController>(undefined);
  useEffect(() => () => under.current?.abort(), []);
  const faults = faultsOf(served.inputs, typed);
  const answer = (job: string, change: (last: Said) => Said): void =>
    setTalks((old) => {
      const talk = old[job] ?? [];
      const last = talk.at(-1);
      return last ? { ...old, [job]: [...talk.slice(0, -1), change(last)] } : old;
    });
  const ask = async (model: Model, said: string, options: object, signal: AbortSignal): Promise<void> => {
    const history = (talks[model.job] ?? []).filter(({ failed, content }) => !failed && content);
    const began = performance.now();
    const values = {
      ...options,
      user_input: said,
      history: history.map(({ content, bot }) => ({ content, bot })),
    };
    const take = (piece: unknown, whole: boolean): void =>
      answer(model.job, (last) => ({
        ...last,
        content: whole || typeof piece !== "string" ? answerOf(piece) : last.content + piece,
      }));
    try {
      await call(`${model.base}${served.path}`, values, take, signal);
      answer(model.job, (last) => ({ ...last, took: performance.now() - began }));
    } catch (error) {
      const why = signal.aborted ? t("demo.stopped") : explained(error).title;
      answer(model.job, (last) => ({
        ...last,
        why,
        failed: !signal.aborted,
        took: performance.now() - began,
      }));
    }
  };
  const send = async (): Promise<void> => {
    const said = text.trim();
    if (!said || busy || Object.keys(faults).length > 0) return;
    const control = new AbortController();
    under.current = control;
    setBusy(true);
    setText("");
    const added: Said[] = [
      { content: said, bot: false },
      { content: "", bot: true },
    ];
    setTalks((old) => Object.fromEntries(models.map(({ job }) => [job, [...(old[job] ?? []), ...added]])));
    try {
      const options = await argumentsOf(served.inputs, typed);
      await Promise.all(models.map((model) => ask(model, said, options, control.signal)));
    } catch (error) {
      // Browsers refuse to read a file that was changed since it was chosen.
      for (const { job } of models)
        answer(job, (last) => ({ ...last, why: explained(error).title, failed: true, took: 0 }));
    } finally {
      setBusy(false);
    }
  };
  return (
    <div className="demo-chat">
      <div>
        <div className="demo-models">
          {models.map((model) => (
            <Talk key={model.job} model={model} said={talks[model.job] ?? []} />
          ))}
        </div>
        <form
          className="demo-say"
          onSubmit={(event) => {
            event.preventDefault();
            void send();
          }}
        >
          <Input.TextArea
            rows={3}
            aria-label={t("demo.message")}
            placeholder={t("demo.messageHint")}
            value={text}
            onChange={({ target }) => setText(target.value)}
            onKeyDown={(event) => {
              // An input method ends a word with Enter as well; that is no wish to send.
              if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
              event.preventDefault();
              void send();
            }}
          />
          <div className="buttons">
            <Button type="primary" htmlType="submit" disabled={!text.trim()} loading={busy}>
              {t("demo.send")}
            </Button>
            {busy && <Button onClick={() => under.current?.abort()}>{t("demo.stop")}</Button>}
            <Button disabled={busy} onClick={() => setTalks({})}>
              {t("demo.clear")}
            </Button>
          </div>
        </form>
      </div>
      {served.inputs.length > 0 && (
        <section className="panel" aria-labelledby="demo-options">
          <h2 id="demo-options">{t("demo.options")}</h2>
          <Inputs inputs={served.inputs} typed={typed} faults={faults} change={type} />
        </section>
      )}
    </div>
  );
}

function Talk({ model, said }: { model: Model; said: Said[] }) {
  const { t, i18n } = useTranslation();
  const end = useRef<HTMLDivElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: whatever is said last is to be seen
  useEffect(() => {
    if (end.current) end.current.scrollTop = end.current.scrollHeight;
  }, [said]);
  return (
    <section className="panel talk" aria-label={model.name}>
      <h2>{model.name}</h2>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by key */}
      <div ref={end} role="log" aria-live="polite" className="talk-lines" tabIndex={0}>
        {said.length === 0 && <p className="faint">{t("demo.begin")}</p>}
        {said.map(({ content, bot, took, failed, why }, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: what was said keeps its place
          <div key={at} className={bot ? "said" : "said mine"}>
            <span className="unseen">{t(bot ? "demo.model" : "demo.you")}</span>
            {(content || !why) && <span>{content || "…"}</span>}
            {why && <span className={failed ? "state bad" : "faint"}>{why}</span>}
            {took !== undefined && <span className="faint took">{shortLengthOf(took, i18n.language)}</span>}
          </div>
        ))}
      </div>
    </section>
  );
}
