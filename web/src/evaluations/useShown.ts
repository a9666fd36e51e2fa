import { useSuspenseQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useSearchParams } from "react-router";
import { said } from "../ui/useSearch";
import { viewQuery, viewsQuery } from "./queries";
import { alike, PLAIN, type Shown, say, shownOf, unkept } from "./state";

/** What is shown of the evaluations: what the address says over what the view says that it names. */
export function useShown(project: string) {
  const [parameters, setParameters] = useSearchParams();
  const { data: views } = useSuspenseQuery(viewsQuery(project));
  const named = parameters.get("view");
  const preferred = views.find((view) => view.preferred)?.id ?? 0;
  const wanted = named === null ? preferred : Number(named);
  const number = views.some(({ id }) => id === wanted) ? wanted : 0;
  const { data: current } = useSuspenseQuery(viewQuery(project, number));
  const base = useMemo(() => (current ? unkept(current.value.content) : PLAIN), [current]);
  const shown = useMemo(() => shownOf(parameters, base), [parameters, base]);
  const show = (part: Partial<Shown>): void =>
    setParameters(say(said(), { ...shownOf(said(), base), ...part }, base), { replace: true });
  const onView = (next: number): void => {
    const kept = new URLSearchParams({ view: String(next) });
    const selected = parameters.get("selected");
    if (selected) kept.set("selected", selected);
    setParameters(kept);
  };
  return { shown, show, views, current: current ?? undefined, changed: !alike(shown, base), onView };
}
