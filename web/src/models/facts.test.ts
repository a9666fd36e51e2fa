import { expect, test } from "vitest";
import { factsOf } from "./facts";
import { withoutHead } from "./queries";

test("facts of a file are read, and what it would import", () => {
  const { files, labels, dangers } = factsOf({
    labels: [{ framework: "pytorch", version: "2.4", class: "", parameters: 650 }],
    files: [
      {
        path: "a.pkl",
        format: "pickle",
        tensors: [{ name: "w", dtype: "float32", shape: [10, null, "batch"] }],
        tensor_count: 3,
        dtypes: { float32: 650 },
        imports: [
          { name: "os.system", trust: "dangerous" },
          { name: "x.y", trust: "surprising" },
        ],
        details: { layers: [1, 2], long: "x".repeat(900) },
      },
    ],
    dangers: ["os.system"],
  });
  expect(labels).toEqual([{ framework: "pytorch 2.4", className: "", parameters: 650 }]);
  expect(dangers).toEqual(["os.system"]);
  expect(files[0]).toMatchObject({
    tensors: [{ name: "w", type: "float32", shape: "[10, ?, batch]" }],
    imports: [{ trust: "dangerous" }, { trust: "unknown" }],
    types: [["float32", 650]],
  });
  expect(files[0]?.details[0]).toEqual(["layers", "[1,2]"]);
  expect(files[0]?.details[1]?.[1]).toHaveLength(501);
});

test("a model of which nothing is known has no facts", () => {
  expect(factsOf({})).toEqual({ labels: [], declared: undefined, files: [], dangers: [], problem: "" });
});

test("the settings at the head of a card are not shown as text", () => {
  expect(withoutHead("---\nlicense: mit\ntags:\n- a\n---\n# Card\n\n---\nmore")).toBe("# Card\n\n---\nmore");
  expect(withoutHead("# Card\n---\nx\n---\n")).toBe("# Card\n---\nx\n---\n");
});
