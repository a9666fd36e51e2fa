import { QueryClient } from "@tanstack/react-query";
import { expect, test } from "vitest";
import { forgetOthers, meQuery, type User } from "./me";

const user = (name: string): User => ({ name }) as User;

function shown(...names: (string | null)[]): unknown {
  const asking = new QueryClient();
  forgetOthers(asking);
  const [first, ...others] = names;
  asking.setQueryData(meQuery.queryKey, first ? user(first) : null);
  asking.setQueryData(["project", "secret"], "what the first was shown");
  for (const name of others) asking.setQueryData(meQuery.queryKey, name ? user(name) : null);
  return asking.getQueryData(["project", "secret"]);
}

test("what one was shown is not shown to the next, who came in another tab", () => {
  expect(shown("ada", "bob")).toBeUndefined();
  expect(shown("ada", null, "bob")).toBeUndefined();
});

test("who comes back, or was looked up again, is shown it still", () => {
  expect(shown("ada", "ada")).toBeDefined();
  expect(shown("ada", null, "ada")).toBeDefined();
  expect(shown("ada", null)).toBeDefined();
});
