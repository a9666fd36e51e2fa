import { expect, test } from "vitest";
import { parametersOf, SCOPES, SORTS, sortedBy, viewOf } from "./view";

test("every view has an address that leads back to it", () => {
  for (const search of ["", "digits", "a b&c=d", "零"])
    for (const scope of SCOPES)
      for (const sort of SORTS)
        for (const descending of [true, false]) {
          const view = { search, scope, sort, descending };
          expect(viewOf(new URLSearchParams(parametersOf(view).toString()))).toEqual(view);
        }
});

test("what an address says that we do not know is taken for the usual", () => {
  const view = viewOf(new URLSearchParams("scope=secret&sort=<script>&order=up"));
  expect(view).toEqual({ search: "", scope: "used", sort: "changed", descending: true });
  expect(viewOf(new URLSearchParams({ search: "x".repeat(200) })).search).toHaveLength(80);
});

test("a column chosen twice is sorted the other way round", () => {
  const usual = viewOf(new URLSearchParams());
  const byName = sortedBy(usual, "name");
  expect(byName).toMatchObject({ sort: "name", descending: false });
  expect(sortedBy(byName, "name")).toMatchObject({ sort: "name", descending: true });
  expect(sortedBy(byName, "size")).toMatchObject({ sort: "size", descending: true });
});
