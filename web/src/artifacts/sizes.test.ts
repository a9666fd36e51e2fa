import { expect, test } from "vitest";
import { sized } from "./sizes";

test.each([
  [0, "0 B"],
  [1023, "1023 B"],
  [1024, "1.0 KiB"],
  [10_240, "10 KiB"],
  [1_048_575, "1.0 MiB"],
  [3.4 * 2 ** 30, "3.4 GiB"],
])("%d bytes are %s", (bytes, expected) => {
  expect(sized(bytes)).toBe(expected);
});
