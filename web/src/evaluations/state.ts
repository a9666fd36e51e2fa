import { type Filter, readFilter, spelled } from "../filtering/filter";
import type { GridLayout, SortBy } from "../grid";
import { layoutOf, listed, sortOf, sortText, unlisted, writtenLayout } from "../grid/address";
import type { Directions } from "./better";

/** What is shown of the evaluations, and how: what a saved view keeps. */
export interface Shown {
  search: string;
  filters: readonly Filter[];
  sort: readonly SortBy[];
  layout: GridLayout;
  directions: Directions;
}

export const PLAIN: Shown = { search: "", filters: [], sort: [], layout: {}, directions: {} };

const PARTS = ["search", "where", "sort", "order", "hide", "pin", "width", "better"] as const;
type Part = (typeof PARTS)[number];

/** Each part as an address says it; undefined for what is as usual. */
function written({ search, filters, sort, layout, directions }: Shown): Record<Part, string[] | undefined> {
  const one = (text: string | undefined): string[] | undefined => (text ? [text] : undefined);
  const { order, hide, pin, width } = writtenLayout(layout);
  const chosen = Object.entries(directions).map(
    ([key, up]) => `${{ true: "+", false: "-", null: "=" }[String(up)]}${key}`,
  );
  return {
    search: one(search),
    where: filters.length > 0 ? filters.map(spelled) : undefined,
    sort: one(sortText(sort)),
    order: one(order),
    hide: hide === undefined ? undefined : [hide],
    pin: pin === undefined ? undefined : [pin],
    width: one(width),
    better: one(listed(chosen)),
  };
}

/** What an address says, over what the view it names says. */
export function shownOf(parameters: URLSearchParams, base: Shown = PLAIN): Shown {
  const said = <Value>(part: Part, read: (text: string) => Value, otherwise: Value): Value => {
    const text = parameters.get(part);
    return text === null ? otherwise : read(text);
  };
  const where = parameters.getAll("where");
  return {
    search: said("search", (text) => text.slice(0, 200), base.search),
    filters: where.length > 0 ? where.flatMap((each) => readFilter(each) ?? []) : base.filters,
    sort: said<readonly SortBy[]>("sort", sortOf, base.sort),
    layout: layoutOf(parameters, base.layout),
    directions: said<Directions>("better", readDirections, base.directions),
  };
}

function readDirections(text: string): Directions {
  const known: Record<string, boolean | null> = { "+": true, "-": false, "=": null };
  const pairs = unlisted(text).map((each) => [each.slice(1), known[each.charAt(0)]] as const);
  return Object.fromEntries(pairs.flatMap(([key, up]) => (up === undefined ? [] : [[key, up]])));
}

/** Has an address say what is shown, as far as its view does not; other parts of it stay. */
export function say(parameters: URLSearchParams, shown: Shown, base: Shown = PLAIN): URLSearchParams {
  const next = new URLSearchParams(parameters);
  const [own, usual] = [written(shown), written(base)];
  for (const part of PARTS) {
    next.delete(part);
    if (String(own[part]) === String(usual[part])) continue;
    for (const text of own[part] ?? [""]) next.append(part, text);
  }
  return next;
}

/** Has an address name a view and say of it nothing else; other parts of it stay. */
export function sayView(parameters: URLSearchParams, view: number): URLSearchParams {
  const next = new URLSearchParams(parameters);
  for (const part of PARTS) next.delete(part);
  next.set("view", String(view));
  return next;
}

/** Whether two show the same. */
export function alike(one: Shown, other: Shown): boolean {
  const [first, second] = [written(one), written(other)];
  return PARTS.every((part) => String(first[part]) === String(second[part]));
}

/** As a view keeps it: just what an address would say. */
export function kept(shown: Shown): { grid: string } {
  return { grid: say(new URLSearchParams(), shown).toString() };
}

export function unkept(content: Record<string, unknown>): Shown {
  return shownOf(new URLSearchParams(typeof content.grid === "string" ? content.grid : ""));
}
