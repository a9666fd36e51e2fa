import { expect, test } from "vitest";
import { formOf, type Pool, sizeOf, typedOf } from "./bounds";

const POOL: Pool = {
  name: "gpus",
  description: "With GPUs.",
  private: true,
  labels: { zone: "a" },
  bounds: { memory: { most: 8 * 1024 ** 3, default: 1500 }, "nvidia.com/gpu": { most: 2 } },
  users: ["ada"],
  created_at: null,
  created_by: "",
};

test("what is typed reads back as the pool that it was made of", () => {
  const typed = typedOf(POOL);
  expect(typed.memory).toEqual({ most: "8Gi", default: "1500" });
  expect(formOf(typed)).toEqual({
    description: "With GPUs.",
    private: true,
    users: ["ada"],
    labels: { zone: "a" },
    bounds: { memory: { most: "8Gi", default: 1500 }, "nvidia.com/gpu": { most: 2 } },
  });
});

test("a pool that is open to all names nobody, and what is left empty is no bound", () => {
  const form = formOf({ ...typedOf(POOL), private: false, memory: { most: " " }, cpu: { most: "0.5" } });
  expect(form.users).toEqual([]);
  expect(form.bounds).toEqual({ cpu: { most: 0.5 }, "nvidia.com/gpu": { most: 2 } });
});

test("sizes are typed in the largest unit in which they are whole", () => {
  expect([0, 512, 2048, 3 * 1024 ** 2].map(sizeOf)).toEqual(["0", "512", "2Ki", "3Mi"]);
});
