import { expect, test } from "vitest";
import type { Row } from "../rows";
import { linesOf, standingOf } from "./metrics";

const row = (id: string, summary: Record<string, unknown>): Row => ({ id, job: null, summary });
const rows = [
  row("a", { accuracy: 0.5, loss: 2, note: "x", size: 10, same: 1 }),
  row("b", { accuracy: 0.75, loss: { $: "float", v: "nan" }, note: "y", size: 20, same: 1 }),
  row("c", { loss: 1, note: "x", size: 10, same: 1 }),
];
const lines = new Map(linesOf(rows, 0, { size: null }).map((line) => [line.key, line]));
const of = (key: string) => lines.get(key) ?? expect.fail(key);

test("every metric is a line, and says whether some evaluation differs from the base", () => {
  expect([...lines.keys()]).toEqual(["accuracy", "loss", "note", "same", "size"]);
  expect([...lines.values()].map(({ differs }) => differs)).toEqual([true, true, true, false, true]);
  expect([of("note").numeric, of("loss").numeric]).toEqual([false, true]);
});

test("numbers are told by how far they lie from the base, and whether that is better", () => {
  expect(standingOf(of("accuracy"), 1, 0)).toEqual({ by: 0.25, share: 0.5, verdict: "better", best: true });
  expect(standingOf(of("accuracy"), 0, 1)).toEqual({
    by: -0.25,
    share: -0.25 / 0.75,
    verdict: "worse",
    best: false,
  });
  expect(standingOf(of("accuracy"), 2, 0).verdict).toBe("other");
  expect(standingOf(of("loss"), 2, 0)).toEqual({ by: -1, share: -0.5, verdict: "better", best: true });
  expect(standingOf(of("loss"), 1, 0).verdict).toBe("other");
  expect(standingOf(of("size"), 1, 0)).toEqual({ by: 10, share: 1, verdict: "other", best: false });
  expect(standingOf(of("same"), 1, 0)).toEqual({ by: 0, share: 0, verdict: "same", best: false });
});
