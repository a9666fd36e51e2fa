import { expect, test } from "vitest";
import { around, EMPTY, earlier, extended, KEPT, later, next, PIECE, previous, tail } from "./book";
import type { Read } from "./reading";

const text = Array.from(
  { length: 100_000 },
  (_, at) =>
    `line ${String(at).padStart(6, "0")} ${at % 25_000 === 7 ? "NeeDle" : "hay"} ${"x".repeat(60)}\n`,
).join("");
const whole = new TextEncoder().encode(text);
const size = whole.length;
let largest = 0;
const read: Read = (offset, wanted) => {
  largest = Math.max(largest, wanted);
  const bytes = whole.slice(offset, offset + wanted);
  return Promise.resolve({ bytes, next: offset + bytes.length, ended: offset + bytes.length === size });
};
const quiet = () => undefined;
const signal = new AbortController().signal;

test("the end of a log is read without the rest of it, in whole lines", async () => {
  const window = await tail(read, size);
  expect(window.end).toBe(size);
  expect(window.lines[0]?.text).toMatch(/^line \d{6} hay/);
  expect(window.lines.at(-1)?.text).toContain("line 099999");
  expect(window.end - window.start).toBeLessThanOrEqual(PIECE);
});

test("letters of several bytes are whole wherever pieces of a log meet", async () => {
  const words = new TextEncoder().encode(`${"日志🐳".repeat(60_000)}\n${"写".repeat(100_000)}\n`);
  const readWords: Read = (offset, wanted) => {
    const bytes = words.slice(offset, offset + wanted);
    return Promise.resolve({
      bytes,
      next: offset + bytes.length,
      ended: offset + bytes.length === words.length,
    });
  };
  for (const piece of [4096, 4097, 4098, 4099, PIECE]) {
    let window = EMPTY;
    while (window.end < words.length) window = await later(readWords, window, piece);
    expect(window.lines.map((line) => line.text).join("\n")).toBe(new TextDecoder().decode(words).trimEnd());
  }
});

test("a text is found wherever pieces of a log meet in a letter of it", async () => {
  for (const off of [1, 2, 3, 4, 5, 6, 7, 8]) {
    const words = new TextEncoder().encode(
      `${"x".repeat((1 << 20) - off)}找到🐳了\n${"y".repeat(1 << 20)}\n`,
    );
    const readWords: Read = (offset, wanted) => {
      const bytes = words.slice(offset, offset + wanted);
      return Promise.resolve({
        bytes,
        next: offset + bytes.length,
        ended: offset + bytes.length === words.length,
      });
    };
    expect(await next(readWords, "到🐳了", -1, quiet, signal)).toEqual({ at: 0 });
  }
});

test("a log that ends in half a letter ends", async () => {
  const bytes = new TextEncoder().encode("abcdef日").slice(0, -1);
  const half: Read = (offset, wanted) => {
    const found = bytes.slice(offset, offset + wanted);
    return Promise.resolve({ bytes: found, next: offset + found.length, ended: true });
  };
  let window = EMPTY;
  for (let turn = 0; turn < 3; turn++) window = await later(half, window);
  expect(window.end).toBe(bytes.length);
});

test("going up and down there is never more at hand than what is kept, and no line is lost or doubled", async () => {
  let window = await tail(read, size);
  while (window.start > 0) {
    window = await earlier(read, window);
    expect(window.end - window.start).toBeLessThanOrEqual(KEPT);
  }
  expect(window.lines[0]?.text).toContain("line 000000");
  const numbers = window.lines.map((line) => Number(line.text.slice(5, 11)));
  expect(numbers).toEqual(numbers.map((_, at) => at));
  while (window.end < size) window = await later(read, window);
  const last = window.lines.map((line) => Number(line.text.slice(5, 11)));
  expect(last).toEqual(last.map((_, at) => at + (last[0] ?? 0)));
  expect(last.at(-1)).toBe(99_999);
  expect(window.end - window.start).toBeLessThanOrEqual(KEPT);
});

test("a text is found in the whole log, forwards and backwards, in pieces", async () => {
  largest = 0;
  const found: number[] = [];
  for (let at = -1; ; ) {
    const hit = await next(read, "needle", at, quiet, signal);
    if (!hit) break;
    at = hit.at;
    found.push(at);
  }
  expect(found.map((at) => text.slice(at, at + 11))).toEqual(
    ["000007", "025007", "050007", "075007"].map((each) => `line ${each}`),
  );
  const back: number[] = [];
  for (let at = size; ; ) {
    const hit = await previous(read, "NEEDLE", at, quiet, signal);
    if (!hit) break;
    at = hit.at;
    back.push(at);
  }
  expect(back).toEqual(found.toReversed());
  expect(largest).toBeLessThanOrEqual(1 << 20);
  const shown = await around(read, found[1] ?? 0);
  expect(shown.lines.some((line) => line.at === found[1])).toBe(true);
  expect(await next(read, "nowhere to be found", -1, quiet, signal)).toBeNull();
});

test("what is printed is put behind what was there, and the oldest is let go of", () => {
  let window = extended(EMPTY, "one\ntw", 6);
  window = extended(window, "o\n", 8);
  expect(window.lines.map((line) => line.text)).toEqual(["one", "two"]);
  for (let piece = 0; piece < 100; piece++) {
    const printed = `${"y".repeat(63)}\n`.repeat(1024);
    window = extended(window, printed, window.end + printed.length);
  }
  expect(window.end).toBe(8 + 100 * 65_536);
  expect(window.end - window.start).toBeLessThanOrEqual(KEPT);
  expect(window.lines[0]?.at).toBe(window.start);
});

test("a line without end is shown in part, and does not keep anybody from going on", async () => {
  const endless = new Uint8Array(9 << 20).fill(120);
  const one: Read = (offset, wanted) => {
    const bytes = endless.slice(offset, offset + wanted);
    return Promise.resolve({ bytes, next: offset + bytes.length, ended: true });
  };
  const window = await tail(one, endless.length);
  expect(window.lines).toHaveLength(1);
  expect(await previous(one, "y", endless.length, quiet, signal)).toBeNull();
  expect(await next(one, "y", -1, quiet, signal)).toBeNull();
});
