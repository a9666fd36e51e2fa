import { expect, test } from "vitest";
import { hiddenOf, layerTurned, sortTurned } from "./hidden";

function after(address: string, ...turns: ((now: URLSearchParams) => Record<string, string>)[]): string {
  const parameters = new URLSearchParams(address);
  for (const turn of turns)
    for (const [name, value] of Object.entries(turn(parameters)))
      if (value) parameters.set(name, value);
      else parameters.delete(name);
  return String(parameters);
}

test("what is switched off stands in the address, and is gone from it once it is on again", () => {
  const off = after(
    "tab=rows",
    (now) => layerTurned(now, "boxes"),
    (now) => sortTurned(now, "labels"),
  );
  expect(off).toBe("tab=rows&layers-off=boxes&marks-off=labels");
  expect(hiddenOf(new URLSearchParams(off))).toEqual({
    layers: new Set(["boxes"]),
    sorts: new Set(["labels"]),
  });
  expect(
    after(
      off,
      (now) => layerTurned(now, "boxes"),
      (now) => sortTurned(now, "labels"),
    ),
  ).toBe("tab=rows");
});

test.each([["a,b"], ["100 %"], ["面具"], ["a&b=c"]])("a layer may be called %s", (name) => {
  const off = after(
    "",
    (now) => layerTurned(now, "other"),
    (now) => layerTurned(now, name),
  );
  expect([...hiddenOf(new URLSearchParams(off)).layers]).toEqual(["other", name]);
});

test("sorts of marks that there are not are not heard", () => {
  expect([...hiddenOf(new URLSearchParams("marks-off=boxes,moods,__proto__")).sorts]).toEqual(["boxes"]);
});
