import { expect, test } from "vitest";
import { named, shortHandler } from "./names";

test("a full address leads to the page of its own project", () => {
  const address = "local/project/other/model/digits/version/abc";
  expect(named(address, "here", "model")).toEqual({
    project: "other",
    name: "digits",
    version: "abc",
    path: "/projects/other/models/digits/versions/abc",
  });
});

test("a full address without a version means the newest", () => {
  expect(named("local/project/other/model/digits", "here", "model")?.path).toBe(
    "/projects/other/models/digits/versions/latest",
  );
});

test.each([
  ["digits", "latest"],
  ["digits/version/v1", "v1"],
  ["digits/v1", "v1"],
])("%s leads to a page of this one", (address, version) => {
  expect(named(address, "here", "dataset")?.path).toBe(`/projects/here/datasets/digits/versions/${version}`);
});

test.each(["", "cloud://team/project/p/dataset/d/version/v", "javascript:alert(1)"])(
  "%j leads nowhere",
  (address) => {
    expect(named(address, "here", "dataset")).toBeNull();
  },
);

test("people call a handler by its last part", () => {
  expect(shortHandler("digits.evaluation:Pipeline.predict")).toBe("Pipeline.predict");
  expect(shortHandler("serving")).toBe("serving");
});
