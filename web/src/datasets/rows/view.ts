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
}

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
  };
}

const OWN = ["view", "where", "at", "row", "hide", "order", "pin"];

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
  if (view.row) parameters.set("row", view.row);
  return parameters;
}
