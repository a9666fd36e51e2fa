import { expect, test } from "vitest";
import en from "../problem/words/en";
import zh from "../problem/words/zh";
import { explainedIn } from "./explaining";

const PROBLEM = {
  status: 409,
  code: "conflict",
  detail: "there is a project 'vision' already",
  hint: "take another name",
};
const TOLD = "There is a project 'vision' already. Take another name.";

test("what the server says is the message where the page speaks as it does", () => {
  expect(explainedIn("en", PROBLEM, en)).toEqual({ title: TOLD, detail: "" });
});

test("elsewhere the page says what the code means, and what the server says is below", () => {
  expect(explainedIn("zh", PROBLEM, zh)).toEqual({ title: zh.conflict, detail: TOLD });
});

test("a code of a newer server is told in the server's own words", () => {
  const newer = { ...PROBLEM, code: "eclipsed" };
  expect(explainedIn("zh", newer, zh)).toEqual({ title: TOLD, detail: "" });
});

test("a server that says nothing has said its code", () => {
  const silent = { ...PROBLEM, detail: "", hint: "" };
  expect(explainedIn("en", silent, en)).toEqual({ title: en.conflict, detail: "" });
});
