import { expect, test } from "vitest";
import { farewellOf, shellOf } from "./shells";

test("a terminal is opened on the server that the page came from, as safely as that", () => {
  const path = "/api/v1/projects/a%20b/jobs/xyz/tasks/0.1/exec";
  expect(shellOf({ protocol: "https:", host: "sw.example" }, "a b", "xyz", "0.1")).toBe(
    `wss://sw.example${path}`,
  );
  expect(shellOf({ protocol: "http:", host: "h:1" }, "a b", "xyz", "0.1")).toBe(`ws://h:1${path}`);
});

test("how it has ended is understood, whatever is said", () => {
  expect(farewellOf('{"status": 3, "cause": ""}')).toEqual({ status: 3, cause: "" });
  expect(farewellOf('{"status": null, "cause": "gone"}')).toEqual({ status: null, cause: "gone" });
  expect(farewellOf("null")).toEqual({ status: null, cause: "" });
  expect(farewellOf("no JSON")).toEqual({ status: null, cause: "no JSON" });
});
