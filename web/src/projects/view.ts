export const SCOPES = ["all", "mine", "public", "trash"] as const;
export const SORTS = ["changed", "name", "created"] as const;

/** Which projects are shown, as the address of the page says. */
export interface View {
  search: string;
  scope: (typeof SCOPES)[number];
  sort: (typeof SORTS)[number];
}

export function viewOf(parameters: URLSearchParams): View {
  return {
    search: (parameters.get("search") ?? "").slice(0, 80),
    scope: SCOPES.find((each) => each === parameters.get("scope")) ?? "all",
    sort: SORTS.find((each) => each === parameters.get("sort")) ?? "changed",
  };
}

/** The other way round; what is as usual is left out. */
export function parametersOf({ search, scope, sort }: View): URLSearchParams {
  const parameters = new URLSearchParams();
  if (search) parameters.set("search", search);
  if (scope !== "all") parameters.set("scope", scope);
  if (sort !== "changed") parameters.set("sort", sort);
  return parameters;
}
