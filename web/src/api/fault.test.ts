import { expect, test } from "vitest";
import { Fault, faultOf, problemOf, sentences } from "./fault";

const refused = { status: 404, statusText: "Not Found" };

test("a problem document is told with its hint", () => {
  const { problem } = faultOf(refused, {
    code: "not_found",
    detail: "no project 'visoin'",
    hint: "did you mean 'vision'?",
  });
  expect(problem.code).toBe("not_found");
  expect(sentences(problem)).toBe("No project 'visoin'. Did you mean 'vision'?");
});

test.each([undefined, "<html>Bad gateway</html>", null, { detail: ["no", "text"] }])(
  "an answer that is no problem document is told by its status: %s",
  (body) => {
    expect(faultOf({ status: 502, statusText: "Bad Gateway" }, body).problem).toEqual({
      status: 502,
      code: "error",
      detail: "Bad Gateway",
      hint: "",
    });
  },
);

test("HTTP/2 has no words for a status", () => {
  expect(faultOf({ status: 503, statusText: "" }, undefined).problem.detail).toBe("HTTP 503");
});

test("what is no answer of the server is a fault of the page", () => {
  expect(problemOf(new TypeError("x is undefined"))).toMatchObject({
    code: "broken",
    detail: "x is undefined",
  });
  expect(problemOf(new Fault({ status: 1, code: "a", detail: "b", hint: "c" })).code).toBe("a");
});
