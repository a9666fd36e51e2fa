import { expect, test } from "vitest";
import { resourcesOf } from "./resources";

test("what a step asks for reads in one line", () => {
  const resources = {
    cpu: { request: 0.5, limit: 2 },
    memory: { request: 2 * 1024 ** 3, limit: 2 * 1024 ** 3 },
    "nvidia.com/gpu": { limit: 1 },
  };
  expect(resourcesOf(resources, "en")).toBe("cpu 0.5–2 · memory 2 GiB · nvidia.com/gpu 1");
  expect(resourcesOf({ memory: { request: 0 } }, "en")).toBe("memory 0 B");
  expect(resourcesOf({}, "en")).toBe("");
});
