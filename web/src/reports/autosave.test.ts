import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Fault } from "../api/fault";
import { Autosave } from "./autosave";

const fault = (status: number) => new Fault({ status, code: "", detail: "", hint: "" });

/** Keeps what it is given, but for what it refuses in turn. */
function kept(...refusals: number[]) {
  const saved: string[] = [];
  const autosave = new Autosave<string>(
    async (value, etag) => {
      const refusal = refusals.shift();
      if (refusal !== undefined) throw fault(refusal);
      saved.push(value);
      return `${etag}+`;
    },
    "1",
    () => {},
  );
  return { autosave, saved };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("who never stops writing is saved all the same", async () => {
  const { autosave, saved } = kept();
  for (let second = 0; second < 11; second++) {
    autosave.change(`after ${second} s`);
    await vi.advanceTimersByTimeAsync(1000);
  }
  expect(saved).toEqual(["after 9 s"]);
  await vi.advanceTimersByTimeAsync(1200);
  expect(saved).toEqual(["after 9 s", "after 10 s"]);
  expect([autosave.state, autosave.etag]).toEqual(["saved", "1++"]);
});

test("what was not saved because nothing answered is sent again, ever less often", async () => {
  const { autosave, saved } = kept(0, 503, 0);
  autosave.change("a text");
  await vi.advanceTimersByTimeAsync(1200);
  expect([autosave.state, saved]).toEqual(["failed", []]);
  await vi.advanceTimersByTimeAsync(2000 + 4000);
  expect([autosave.state, saved]).toEqual(["failed", []]);
  await vi.advanceTimersByTimeAsync(7999);
  expect(saved).toEqual([]);
  await vi.advanceTimersByTimeAsync(1);
  expect([autosave.state, saved]).toEqual(["saved", ["a text"]]);
});

test.each([
  [401, "failed"],
  [409, "failed"],
  [412, "outdated"],
])("what was refused with %i is not sent again by itself, and is still there", async (status, state) => {
  const { autosave, saved } = kept(status);
  autosave.change("a text");
  await vi.advanceTimersByTimeAsync(600_000);
  expect([autosave.state, autosave.dirty, saved]).toEqual([state, true, []]);
  await autosave.over("7");
  expect([saved, autosave.etag]).toEqual([["a text"], "7+"]);
});

test("what has failed counts as such until it is saved, whatever is written meanwhile", async () => {
  const { autosave, saved } = kept(409, 409);
  autosave.change("a taken title");
  await vi.advanceTimersByTimeAsync(1200);
  expect([autosave.state, autosave.failing]).toEqual(["failed", true]);
  autosave.change("a taken title, and more");
  expect([autosave.state, autosave.failing]).toEqual(["changed", true]);
  await autosave.flush();
  expect(autosave.failing).toBe(true);
  autosave.change("another title");
  await autosave.flush();
  expect([autosave.failing, saved]).toEqual([false, ["another title"]]);
});

test("whoever waits until all is saved waits for what is being saved already, too", async () => {
  const { autosave, saved } = kept();
  autosave.change("one");
  void autosave.flush();
  autosave.change("two");
  await autosave.flush();
  expect([autosave.state, saved]).toEqual(["saved", ["one", "two"]]);
});
