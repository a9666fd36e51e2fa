import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Modal } from "antd";
import { type KeyboardEvent, useEffect, useId, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { useMe } from "../account/me";
import { api, ok } from "../api/client";
import { Trouble } from "../ui/Trouble";
import { moved } from "./moved";

const PAUSE = 150;
const MOST = 12;

/** Goes to a project by its name: what is typed narrows the choice, arrows move in it, Enter goes there. */
export default function Switcher({ close }: { close: () => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const list = useId();
  const field = useRef<HTMLInputElement>(null);
  const [typed, setTyped] = useState("");
  const [active, setActive] = useState(0);
  // Enter goes to what was typed, also before it is known what that is.
  const [going, setGoing] = useState(false);
  const late = useLate(typed);
  const { projects, known, error } = useProjects(late);
  const settled = known && late === typed;
  const at = Math.min(active, projects.length - 1);
  const go = (name: string | undefined): void => {
    if (name === undefined) return;
    close();
    navigate(`/projects/${encodeURIComponent(name)}`);
  };
  const press = (event: KeyboardEvent): void => {
    if (event.nativeEvent.isComposing) return;
    const next = moved(event.key, at, projects.length);
    if (next !== null) setActive(next);
    else if (event.key === "Enter") setGoing(true);
    else return;
    event.preventDefault();
  };
  const wanted = projects[at]?.name;
  // biome-ignore lint/correctness/useExhaustiveDependencies: goes once, when it is known where
  useEffect(() => {
    if (!going || !settled) return;
    setGoing(false);
    go(wanted);
  }, [going, settled, wanted]);
  const option = (index: number): string => `${list}-${index}`;
  const shown = option(at);
  useEffect(() => {
    document.getElementById(shown)?.scrollIntoView({ block: "nearest" });
  }, [shown]);
  return (
    <Modal
      open
      footer={null}
      closable={false}
      title={t("app.goTo")}
      onCancel={close}
      afterOpenChange={(open) => open && field.current?.focus()}
      className="switcher"
    >
      <input
        ref={field}
        type="text"
        role="combobox"
        aria-label={t("projects.search")}
        aria-autocomplete="list"
        aria-expanded
        aria-controls={list}
        aria-activedescendant={projects.length > 0 ? option(at) : undefined}
        placeholder={t("projects.search")}
        autoComplete="off"
        spellCheck={false}
        maxLength={80}
        value={typed}
        onChange={({ target }) => {
          setTyped(target.value);
          setActive(0);
          setGoing(false);
        }}
        onKeyDown={press}
      />
      <div id={list} role="listbox" aria-label={t("app.projects")} className="found">
        {projects.map(({ name, description }, index) => (
          // biome-ignore lint/a11y/useFocusableInteractive: likewise
          // biome-ignore lint/a11y/useKeyWithClickEvents: keys are heard in the field
          <div
            key={name}
            id={option(index)}
            role="option"
            aria-selected={index === at}
            onClick={() => go(name)}
            onPointerMove={() => setActive(index)}
          >
            <strong>{name}</strong> <span className="faint">{description}</span>
          </div>
        ))}
      </div>
      <Trouble error={error} />
      <p className="faint" role="status">
        {settled && projects.length === 0 ? t("projects.empty.found", { search: typed }) : ""}
      </p>
    </Modal>
  );
}

/** Projects of a name, one's own first. */
function useProjects(search: string) {
  const me = useMe();
  const { data, error, isPlaceholderData } = useQuery({
    queryKey: ["projects", "switcher", search],
    placeholderData: keepPreviousData,
    queryFn: async () => {
      const ask = (mine: boolean) =>
        ok(
          api.GET("/api/v1/projects", {
            params: { query: { search, mine, size: MOST, sort: "changed", descending: true } },
          }),
        );
      const [own, all] = await Promise.all([me ? ask(true) : { items: [] }, ask(false)]);
      const known = new Set(own.items.map(({ name }) => name));
      return [...own.items, ...all.items.filter(({ name }) => !known.has(name))].slice(0, MOST);
    },
  });
  return { projects: data ?? [], known: data !== undefined && !isPlaceholderData, error };
}

/** What is typed, once whoever types has paused. */
function useLate(typed: string): string {
  const [late, setLate] = useState(typed);
  useEffect(() => {
    const timer = setTimeout(() => setLate(typed), PAUSE);
    return () => clearTimeout(timer);
  }, [typed]);
  return late;
}
