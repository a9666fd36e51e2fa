import type { paths } from "../api/schema";
import { JOB_STATES, type State } from "./states";

export const SORTS = ["created", "started", "finished", "handler", "state", "owner"] as const;
export type Sort = (typeof SORTS)[number];
export const PAGE = 50;

/** Which jobs are shown, as the address of the page says. */
export interface View {
  text: string;
  states: State[];
  model: string;
  handler: string;
  owner: string;
  pinned: boolean;
  trash: boolean;
  /** Null for the usual order: those that are pinned first, then the newest. */
  sort: Sort | null;
  descending: boolean;
  /** Cursors of the pages that one has turned, the last being that of this page. */
  trail: string[];
}

const WORDS = ["text", "model", "handler", "owner"] as const;
const LONGEST = 80;

export function viewOf(parameters: URLSearchParams): View {
  const word = (name: string): string => (parameters.get(name) ?? "").slice(0, LONGEST);
  const states = parameters.getAll("state");
  return {
    text: word("text"),
    model: word("model"),
    handler: word("handler"),
    owner: word("owner"),
    states: JOB_STATES.filter((each) => states.includes(each)),
    pinned: parameters.get("pinned") === "true",
    trash: parameters.get("trash") === "true",
    sort: SORTS.find((each) => each === parameters.get("sort")) ?? null,
    descending: parameters.get("descending") === "true",
    trail: (parameters.get("after") ?? "").split(" ").filter(Boolean),
  };
}

/** The other way round; what is as usual is left out. */
export function parametersOf(view: View): URLSearchParams {
  const parameters = new URLSearchParams();
  for (const name of WORDS) if (view[name]) parameters.set(name, view[name]);
  for (const state of view.states) parameters.append("state", state);
  if (view.pinned) parameters.set("pinned", "true");
  if (view.trash) parameters.set("trash", "true");
  if (view.sort) parameters.set("sort", view.sort);
  if (view.descending) parameters.set("descending", "true");
  if (view.trail.length > 0) parameters.set("after", view.trail.join(" "));
  return parameters;
}

type Asked = NonNullable<paths["/api/v1/projects/{project}/jobs"]["get"]["parameters"]["query"]>;

/** What the server is asked for. */
export function asked(view: View): Asked {
  const found: Asked = { size: PAGE };
  for (const name of WORDS) if (view[name]) found[name] = view[name];
  if (view.states.length > 0) found.state = view.states as NonNullable<Asked["state"]>;
  if (view.pinned) found.pinned = true;
  if (view.trash) found.trash = true;
  if (view.sort) found.sort = view.sort;
  if (view.descending) found.descending = true;
  const cursor = view.trail.at(-1);
  if (cursor) found.cursor = cursor;
  return found;
}

/** Whether something is looked for, so that finding nothing is no sign that there is nothing. */
export function isNarrow(view: View): boolean {
  return WORDS.some((name) => view[name] !== "") || view.states.length > 0 || view.pinned;
}

export const WHOLE: View = viewOf(new URLSearchParams());
