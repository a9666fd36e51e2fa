import { expect, test } from "vitest";
import { Intention } from "./once";

const keyOf = (meant: { params: { header: { "Idempotency-Key": string } } }) =>
  meant.params.header["Idempotency-Key"];

test("what is wanted again is the very same request, whatever time it is", () => {
  const intention = new Intention<{ at: number }>();
  let now = 1;
  const first = intention.meant({ days: 7 }, () => ({ at: now }));
  now = 2;
  expect(intention.meant({ days: 7 }, () => ({ at: now }))).toBe(first);
  expect(keyOf(first)).toMatch(/^[0-9a-f]{32}$/);
});

test("something else that is wanted is another request", () => {
  const intention = new Intention<string>();
  const first = intention.meant({ name: "vision" }, () => "vision");
  const other = intention.meant({ name: "sound" }, () => "sound");
  expect(keyOf(other)).not.toBe(keyOf(first));
  expect(other.body).toBe("sound");
});

test("once it is done, the same words are a new intention", () => {
  const intention = new Intention<string>();
  const first = intention.meant("vision", () => "vision");
  intention.done();
  expect(keyOf(intention.meant("vision", () => "vision"))).not.toBe(keyOf(first));
});
