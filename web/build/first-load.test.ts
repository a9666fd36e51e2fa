import { expect, test } from "vitest";
import { type Built, firstLoads } from "./first-load";

const file = (bytes: number, more: Partial<Built> = {}): Built => ({
  bytes,
  isEntry: false,
  isPage: false,
  imports: [],
  styles: [],
  ...more,
});

test("a page weighs the entry, itself, and what both import, each once", () => {
  const files = new Map([
    ["main.js", file(100, { isEntry: true, imports: ["react.js"], styles: ["main.css"] })],
    ["react.js", file(60)],
    ["main.css", file(5)],
    ["list.js", file(20, { isPage: true, imports: ["table.js", "react.js"] })],
    ["table.js", file(7, { imports: ["list.js"] })],
    ["small.js", file(1, { isPage: true })],
    ["lazy.js", file(1000)],
  ]);
  expect(firstLoads(files)).toEqual([
    { page: "list.js", bytes: 192 },
    { page: "small.js", bytes: 166 },
  ]);
});
