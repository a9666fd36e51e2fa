/** How rows are looked at, as the address of the page says. */
export interface View {
  cards: boolean;
  /** The filter, as a text. */
  where: string;
  /** Number of the row that was jumped to, from 0. */
  at: number;
  /** Key of the row that is shown in full, as JSON; empty for none. */
  row: string;
  hidden: string[];
  order: string[];
  pinned: string[] | null;
  /** In pixels, of those columns that somebody has changed. */
  widths: Readonly<Record<string, number>>;
}

// The columns that each dataset has, by names that none of its own can have.
export const NUMBER = "\u0000number";
export const KEY = "\u0000key";

export function viewOf(parameters: URLSearchParams): View {
  const at = Number(parameters.get("at") ?? 0);
  const pinned = parameters.getAll("pin");
  return {
    cards: parameters.get("view") === "cards",
    where: parameters.get("where") ?? "",
    at: Number.isSafeInteger(at) && at > 0 ? at : 0,
    row: parameters.get("row") ?? "",
    hidden: parameters.getAll("hide"),
    order: parameters.getAll("order"),
    pinned: pinned.length ? pinned.filter(Boolean) : null,
    widths: Object.fromEntries(parameters.getAll("width").flatMap(readWidth)),
  };
}

/** `120 label` is the width of a column, `104#` that of the numbers of rows, `130@` that of their keys. */
function readWidth(text: string): [string, number][] {
  const [, width, sign, name] = /^(\d{1,5})(?:([#@])| (.*))$/s.exec(text) ?? [];
  const key = sign === "#" ? NUMBER : sign === "@" ? KEY : name;
  return width === undefined || key === undefined ? [] : [[key, Number(width)]];
}

function writtenWidth([name, width]: [string, number]): string {
  const sign = { [NUMBER]: "#", [KEY]: "@" }[name];
  return `${width}${sign ?? ` ${name}`}`;
}

const OWN = ["view", "where", "at", "row", "hide", "order", "pin", "width"];

/** The other way round, beside what the address says of other things. */
export function parametersOf(view: View, others: URLSearchParams): URLSearchParams {
  const parameters = new URLSearchParams(others);
  for (const name of OWN) parameters.delete(name);
  if (view.cards) parameters.set("view", "cards");
  if (view.where) parameters.set("where", view.where);
  if (view.at) parameters.set("at", String(view.at));
  for (const name of view.hidden) parameters.append("hide", name);
  for (const name of view.order) parameters.append("order", name);
  if (view.pinned) for (const name of view.pinned.length ? view.pinned : [""]) parameters.append("pin", name);
  for (const each of Object.entries(view.widths)) parameters.append("width", writtenWidth(each));
  if (view.row) parameters.set("row", view.row);
  return parameters;
}
