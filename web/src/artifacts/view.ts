export const SCOPES = ["used", "trash"] as const;
export const SORTS = ["name", "changed", "size", "created"] as const;
export type Sort = (typeof SORTS)[number];

/** Which packages are shown and in which order, as the address of the page says. */
export interface View {
  search: string;
  scope: (typeof SCOPES)[number];
  sort: Sort;
  descending: boolean;
}

/** Names are read from A on, everything else from the newest or largest on. */
export function usuallyDescending(sort: Sort): boolean {
  return sort !== "name";
}

export function viewOf(parameters: URLSearchParams): View {
  const sort = SORTS.find((each) => each === parameters.get("sort")) ?? "changed";
  const order = parameters.get("order");
  return {
    search: (parameters.get("search") ?? "").slice(0, 80),
    scope: SCOPES.find((each) => each === parameters.get("scope")) ?? "used",
    sort,
    descending: order === "asc" || order === "desc" ? order === "desc" : usuallyDescending(sort),
  };
}

/** The other way round; what is as usual is left out. */
export function parametersOf({ search, scope, sort, descending }: View): URLSearchParams {
  const parameters = new URLSearchParams();
  if (search) parameters.set("search", search);
  if (scope !== "used") parameters.set("scope", scope);
  if (sort !== "changed") parameters.set("sort", sort);
  if (descending !== usuallyDescending(sort)) parameters.set("order", descending ? "desc" : "asc");
  return parameters;
}

/** The view after somebody has chosen a column: the other way round where it is sorted by that already. */
export function sortedBy(view: View, sort: Sort): View {
  return { ...view, sort, descending: view.sort === sort ? !view.descending : usuallyDescending(sort) };
}
