import { expect, test } from "vitest";
import { changesOf } from "./changes";

const told = (lock: string, name: string, before: string | null, after: string | null) => ({
  lock: `${lock}.txt`,
  package: name,
  before: before && `${name}==${before}`,
  after: after && `${name}==${after}`,
});

test("what is the same on several platforms is told once, by name", () => {
  const changes = changesOf([
    told("linux-aarch64", "tqdm", "4.0", null),
    told("linux-aarch64", "numpy", "2.0", "2.1"),
    told("linux-x86_64", "numpy", "2.0", "2.1"),
    told("linux-x86_64", "rich", null, "13.0"),
  ]);
  expect(changes.map(({ name, change, locks }) => [name, change, locks])).toEqual([
    ["numpy", "changed", ["linux-aarch64", "linux-x86_64"]],
    ["rich", "added", ["linux-x86_64"]],
    ["tqdm", "removed", ["linux-aarch64"]],
  ]);
  expect(changes[0]?.before?.version).toBe("2.0");
});

test("what differs between platforms is told of each", () => {
  const changes = changesOf([told("a", "numpy", "1", "2"), told("b", "numpy", "1", "3")]);
  expect(changes.map(({ after, locks }) => [after?.version, locks])).toEqual([
    ["2", ["a"]],
    ["3", ["b"]],
  ]);
});
