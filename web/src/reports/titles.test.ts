import { expect, test } from "vitest";
import { copyNames } from "./titles";

const english = (name: string): string => `Copy of ${name}`;

test("every copy has a name of its own", () => {
  const names = copyNames(english, "Faces");
  expect(names.slice(0, 3)).toEqual(["Copy of Faces", "Copy of Faces (2)", "Copy of Faces (3)"]);
  expect(new Set(names).size).toBe(names.length);
});

test("a long name is cut, between characters", () => {
  for (const name of copyNames(english, "𝔘".repeat(100)))
    expect([name.length <= 200, /[\uD800-\uDFFF]/u.test(name)]).toEqual([true, false]);
  expect(copyNames((name) => `${name} 的副本`, "名".repeat(200))[1]).toBe(`${"名".repeat(192)} 的副本 (2)`);
});
