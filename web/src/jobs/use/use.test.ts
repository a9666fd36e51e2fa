import { expect, test } from "vitest";
import type { Step, Task } from "../queries";
import { curvesOf, spanOf, type Words } from "./curves";
import { addressOf, ordered, orderOf } from "./order";

const words: Words = {
  since: { seconds: "s", minutes: "min", hours: "h", days: "d" },
  attempt: (number) => `attempt ${number}`,
  cores: "cores",
  memory: (unit) => `memory ${unit}`,
  rate: (unit) => `${unit}/s`,
  read: "read",
  written: "written",
};

const point = (second: number, attempt = 1, memory = 3 << 20) => ({
  at: new Date(1_700_000_000_000 + 1000 * second).toISOString(),
  seconds: 2,
  attempt,
  cores: 1.5,
  memory,
  read_rate: 0,
  write_rate: 2048,
});

test("curves are drawn over the time since the beginning, in units that fit", () => {
  const { cores, memory, storage } = curvesOf([point(2), point(4)], words, false);
  expect(cores).toMatchObject({ x: "s", y: "cores", zero: true });
  expect(cores.kind === "lines" && cores.series).toEqual([
    {
      name: "",
      points: [
        [2, 1.5],
        [4, 1.5],
      ],
    },
  ]);
  expect(memory).toMatchObject({ y: "memory MiB" });
  expect(memory.kind === "lines" && memory.series[0]?.points[0]).toEqual([2, 3]);
  expect(storage.kind === "lines" && storage.series.map(({ name }) => name)).toEqual(["read", "written"]);
  expect(storage).toMatchObject({ y: "KiB/s" });
});

test("each attempt at a task has a line, a job that was taken over has one", () => {
  const points = [point(2), point(4), point(90, 2)];
  const names = (apart: boolean) => {
    const { cores } = curvesOf(points, words, apart);
    return cores.kind === "lines" ? cores.series.map(({ name }) => name) : [];
  };
  expect(names(true)).toEqual(["attempt 1", "attempt 2"]);
  expect(names(false)).toEqual([""]);
});

test("nothing recorded is nothing drawn", () => {
  const { cores } = curvesOf([], words, false);
  expect(cores.kind === "lines" && cores.series.flatMap((line) => line.points)).toEqual([]);
});

test("a length of time is told in the unit in which it is a handful", () => {
  expect([60, 600, 20_000, 900_000].map(spanOf)).toEqual(["seconds", "minutes", "hours", "days"]);
});

const task = (index: number, peak?: number): Task =>
  ({
    id: `0.${index}`,
    step: 0,
    index,
    usage:
      peak === undefined
        ? null
        : {
            seconds: 10,
            cpu_seconds: index,
            memory: 0,
            memory_peak: peak,
            bytes_read: 0,
            bytes_written: 0,
          },
  }) as Task;
const steps = [{ tasks: [task(0, 5), task(1), task(2, 9)] }] as Step[];

test("tasks come in order, those without figures last, whichever way round", () => {
  const ids = (by: "memory" | "cpu" | "cores" | "task", descending: boolean) =>
    ordered(steps, { by, descending }).map(({ id }) => id);
  expect(ids("memory", true)).toEqual(["0.2", "0.0", "0.1"]);
  expect(ids("memory", false)).toEqual(["0.0", "0.2", "0.1"]);
  expect(ids("cores", true)).toEqual(["0.2", "0.0", "0.1"]);
  expect(ids("task", true)).toEqual(["0.2", "0.1", "0.0"]);
});

test("the address names the order; without one the greatest use of memory comes first", () => {
  expect(orderOf(new URLSearchParams())).toEqual({ by: "memory", descending: true });
  expect(orderOf(new URLSearchParams("by=cpu&up=1"))).toEqual({ by: "cpu", descending: false });
  expect(orderOf(new URLSearchParams("by=nonsense"))).toEqual({ by: "memory", descending: true });
});

test("the curves of a task or a step have an address that keeps how the tasks are ordered and chosen", () => {
  const now = new URLSearchParams("tab=resources&step=1&by=cpu&up=1&task=0.1&curves=1.4");
  expect(addressOf(now, { curves: "1.7" })).toBe("?tab=resources&step=1&by=cpu&up=1&task=0.1&curves=1.7");
  expect(addressOf(now, { step: "0" })).toBe("?tab=resources&step=0&by=cpu&up=1&task=0.1");
});
