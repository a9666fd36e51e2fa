import { expect, test } from "vitest";
import { type Filter, readFilter, spelled } from "../filtering/filter";
import { alike, kept, PLAIN, type Shown, say, sayView, shownOf, unkept } from "./state";
import { testOf } from "./testing";

const FILTERS: Filter[] = [
  { column: "labels/cat: f1,%", op: "range", from: 0.5, to: undefined },
  { column: "job:when", op: "days", from: "2026-01-01", to: "" },
  { column: "note", op: "has", text: "a:b..c,d" },
  { column: "note", op: "like", text: "^a|b$" },
  { column: "state", op: "in", values: ["a,b", "c"] },
  { column: "ok", op: "is", value: false },
  { column: "x", op: "any" },
  { column: "x", op: "none" },
];
const SHOWN: Shown = {
  search: "cnn & more",
  filters: FILTERS,
  sort: [
    { key: "accuracy, top 1", descending: true },
    { key: "job:when", descending: false },
  ],
  layout: { order: ["b", "a"], hidden: [], pinned: ["job:id"], widths: { "a b": 120 } },
  directions: { loss: false, f1: true, size: null },
};

test("every address leads back to what is shown", () => {
  expect(shownOf(new URLSearchParams(say(new URLSearchParams(), SHOWN).toString()))).toEqual(SHOWN);
  expect(say(new URLSearchParams("view=3"), PLAIN).toString()).toBe("view=3");
});

test("a view keeps what an address says, and an address says only what is other than its view", () => {
  const view = unkept(JSON.parse(JSON.stringify(kept(SHOWN))));
  expect(view).toEqual(SHOWN);
  expect(say(new URLSearchParams("view=3"), SHOWN, view).toString()).toBe("view=3");
  const less = { ...SHOWN, filters: [], search: "" };
  const said = say(new URLSearchParams("view=3"), less, view);
  expect(shownOf(said, view)).toEqual(less);
  expect(alike(less, view)).toBe(false);
});

test("what an address says that means nothing is passed over", () => {
  expect(shownOf(new URLSearchParams("where=x:range:a..b&where=&where=x:what:1&width=a b&better=x"))).toEqual(
    {
      ...PLAIN,
      layout: { widths: {} },
    },
  );
  expect(unkept({ grid: 7 })).toEqual(PLAIN);
});

test.each(FILTERS)("%j is spelled and read", (filter) => {
  expect(readFilter(spelled(filter))).toEqual(filter);
});

test.each<[Filter, unknown[], unknown[]]>([
  [
    { column: "x", op: "range", from: 1, to: 2 },
    [1, 2, { $: "bigint", v: "2" }],
    [0, 3, "1", null, { $: "float", v: "nan" }],
  ],
  [
    { column: "x", op: "days", from: "2026-01-01", to: "2026-01-01" },
    ["2026-01-01T23:59:00"],
    ["2026-01-02T00:00:00", null],
  ],
  [{ column: "x", op: "has", text: "CAT" }, ["a cat", ["cat", "dog"]], ["dog", null]],
  [{ column: "x", op: "like", text: "^c.t$" }, ["cat", "CUT"], ["a cat"]],
  [{ column: "x", op: "like", text: "(" }, ["anything"], []],
  [{ column: "x", op: "in", values: ["a", "b"] }, ["a", ["b", "c"]], ["c", null]],
  [{ column: "x", op: "is", value: true }, [true], [false, "true", null]],
  [{ column: "x", op: "any" }, [0, "", false], [null, undefined]],
  [{ column: "x", op: "none" }, [null, undefined], [0]],
])("%j", (filter, through, out) => {
  const lets = testOf(filter);
  expect(through.map(lets)).toEqual(through.map(() => true));
  expect(out.map(lets)).toEqual(out.map(() => false));
});

test("choosing a view leaves what is not of views as it is", () => {
  const now = new URLSearchParams(
    "view=1&jobs=a,b&base=b&different=1&as=none&find=f1&by=-a&sort=loss&better=-loss",
  );
  expect(sayView(now, 3).toString()).toBe("view=3&jobs=a%2Cb&base=b&different=1&as=none&find=f1&by=-a");
});
