import { useSuspenseQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useAhead } from "../ui/useAhead";
import { said, useAddress } from "../ui/useSearch";
import { viewQuery, viewsQuery } from "./queries";
import { alike, PLAIN, type Shown, say, sayView, shownOf, unkept } from "./state";

/** What is shown of the evaluations: what the address says over what the view says that it names. */
export function useShown(project: string) {
  const [parameters, change] = useAddress();
  const { data: views } = useSuspenseQuery(viewsQuery(project));
  const named = parameters.get("view");
  const preferred = views.find((view) => view.preferred)?.id ?? 0;
  const wanted = named === null ? preferred : Number(named);
  const number = views.some(({ id }) => id === wanted) ? wanted : 0;
  const { data: current } = useSuspenseQuery(viewQuery(project, number));
  const base = useMemo(() => (current ? unkept(current.value.content) : PLAIN), [current]);
  // Whoever changes something sees it at once, also what he changes next is made of it.
  const { text, tell } = useAhead(parameters.toString(), (next) => change(() => new URLSearchParams(next)));
  const shown = useMemo(() => {
    const ahead = new URLSearchParams(text);
    return shownOf([null, String(number)].includes(ahead.get("view")) ? ahead : parameters, base);
  }, [text, number, parameters, base]);
  const show = (part: Partial<Shown>): void => {
    const now = said();
    const next = say(now, { ...shownOf(now, base), ...part }, base);
    // It is said over a view, so that is named, also where it is the one that comes first today; one that was chosen
    // and is still on its way stays so.
    const chosen = Number(now.get("view") ?? number);
    next.set("view", String(chosen === 0 || views.some(({ id }) => id === chosen) ? chosen : number));
    tell(next.toString());
  };
  const onView = (next: number): void => change((now) => sayView(now, next), { push: true });
  return { shown, show, views, current: current ?? undefined, changed: !alike(shown, base), onView };
}
