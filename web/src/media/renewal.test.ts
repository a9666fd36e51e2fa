import { expect, test } from "vitest";
import { meantBy } from "./renewal";

function word(until: number, facts: unknown): string {
  const body = btoa(JSON.stringify([2, until, facts]))
    .replaceAll("+", "-")
    .replaceAll("/", "_");
  return `/api/v1/media/1.${body.replaceAll("=", "")}.mark${until}`;
}

test("addresses of one value mean the same, however long they are good", () => {
  const [one, later] = [word(60, ["m", 1, ["image"]]), word(120, ["m", 1, ["image"]])];
  expect(meantBy(one)).toBe(meantBy(later));
  expect(meantBy(one)).not.toBe(meantBy(word(60, ["m", 2, ["image"]])));
  for (const other of ["data:,x", "/api/v1/media/~~~", "/api/v1/media/1.~.x", "/api/v1/media/1.AAAA.x"])
    expect(meantBy(other)).toBe(other);
});
