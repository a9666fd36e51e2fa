import { expect, test } from "vitest";
import { parametersOf, SCOPES, SORTS, viewOf } from "./view";

test("every view has an address that leads back to it", () => {
  for (const search of ["", "vision", "a b&c=d", "零"])
    for (const scope of SCOPES)
      for (const sort of SORTS)
        expect(viewOf(new URLSearchParams(parametersOf({ search, scope, sort }).toString()))).toEqual({
          search,
          scope,
          sort,
        });
});

test("what an address says that we do not know is taken for the usual", () => {
  const view = viewOf(new URLSearchParams("scope=secret&sort=<script>&more=1"));
  expect(view).toEqual({ search: "", scope: "all", sort: "changed" });
  expect(viewOf(new URLSearchParams({ search: "x".repeat(200) })).search).toHaveLength(80);
});
