import { lazy, type ReactNode, Suspense, use, useEffect, useMemo, useState } from "react";
import { type Navigator, type To, UNSAFE_NavigationContext, useLocation } from "react-router";
import { asksBy, isUnsaved, mayLeave } from "../ui/unsaved";

const Question = lazy(() => import("./Question"));

/**
 * Asks whoever goes elsewhere in the console whether what is not saved may be lost.
 *
 * Routers that ask by themselves are larger than all that is left of what a page may load before it is seen.
 */
export function Leaving({ children }: { children: ReactNode }) {
  const context = use(UNSAFE_NavigationContext);
  const guarded = useMemo(() => ({ ...context, navigator: asking(context.navigator) }), [context]);
  const location = useLocation();
  useEffect(() => {
    shown.path = location.pathname;
    shown.address = window.location.href;
    shown.number = numberIn(window.history.state);
  }, [location]);
  return (
    <UNSAFE_NavigationContext value={guarded}>
      {children}
      <Asked />
    </UNSAFE_NavigationContext>
  );
}

/** Goes where it is told once that loses nothing that anybody minds. */
function asking(navigator: Navigator): Navigator {
  const unlessMinded = (to: To, go: () => void): void => {
    const path = typeof to === "string" ? new URL(to, window.location.href).pathname : to.pathname;
    if (!isUnsaved() || (path ?? window.location.pathname) === window.location.pathname) go();
    else void mayLeave().then((may) => may && go());
  };
  return {
    createHref: (to) => navigator.createHref(to),
    ...(navigator.encodeLocation && { encodeLocation: navigator.encodeLocation }),
    go: (by) => navigator.go(by),
    push: (to, ...more) => unlessMinded(to, () => navigator.push(to, ...more)),
    replace: (to, ...more) => unlessMinded(to, () => navigator.replace(to, ...more)),
  };
}

/** The number that the router gives each page in the history of a tab. */
const numberIn = (state: unknown): number => Number((state as { idx?: number } | null)?.idx);

/** What is shown, while a key of the browser may have led elsewhere. */
const shown = { path: "", address: "", number: Number.NaN };
/** How far somebody wanted to go by such a key; 0 where he does not want to. */
let wanted = 0;

/** Goes back to the page that somebody has left by a key of the browser, until he has said that he may. */
function hear(event: PopStateEvent): void {
  if (Number.isNaN(numberIn(event.state))) {
    // A link to a place on the page has added one that the router gave no number, unless that is where it was.
    const added = window.location.href === shown.address ? 0 : 1;
    window.history.replaceState({ idx: shown.number + added }, "");
    return;
  }
  if (wanted !== 0) {
    event.stopImmediatePropagation();
    const by = wanted;
    wanted = 0;
    void mayLeave().then((may) => may && window.history.go(by));
    return;
  }
  const by = numberIn(event.state) - shown.number;
  if (!by || !isUnsaved() || window.location.pathname === shown.path) return;
  event.stopImmediatePropagation();
  wanted = by;
  window.history.go(-by);
}

// It hears before the router does, which is not told of a page that is not to be shown.
window.addEventListener("popstate", hear);

/** The question, once there is one to be asked. */
function Asked() {
  const [asked, ask] = useState<{ answer: (may: boolean) => void }>();
  useEffect(() => asksBy(() => new Promise((answer) => ask({ answer }))), []);
  if (!asked) return null;
  const answer = (may: boolean): void => {
    asked.answer(may);
    ask(undefined);
  };
  return (
    <Suspense fallback={null}>
      <Question answer={answer} />
    </Suspense>
  );
}
