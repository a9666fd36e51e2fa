import { expect, test } from "vitest";
import { faultIn, linesFrom, refused } from "./told";

test("only whole lines are read, each once", () => {
  const first = linesFrom('{"files":2}\n{"progr', 0);
  expect(first).toEqual({ told: [{ files: 2 }], next: 12 });
  const text = '{"files":2}\n{"progress":{"rows":1,"seconds":1,"size":2}}\n';
  expect(linesFrom(text, first.next).told).toEqual([{ progress: { rows: 1, seconds: 1, size: 2 } }]);
  expect(linesFrom(text, text.length).told).toEqual([]);
});

test("a problem is a fault", () => {
  const problem = { status: 400, code: "usage", detail: "row 2 is none", hint: "" };
  expect(faultIn({ problem })?.problem).toMatchObject(problem);
  expect(faultIn({ files: 1 })).toBeUndefined();
  expect(refused(413, "<html>").problem).toMatchObject({ status: 413, code: "error" });
  expect(refused(0, "").problem.code).toBe("unreachable");
});
