import { joined, type Line, linesOf, linesOfText, plainOf, wholeLetters } from "./lines";
import type { Read } from "./reading";

/** Bytes that are read at a time, to be shown and to be searched. */
export const PIECE = 256 << 10;
const SEARCHED = 1 << 20;
/** Bytes that are kept at most: of a longer log there is a window. */
export const KEPT = 4 << 20;

/** What of a log is at hand. */
export interface Window {
  lines: Line[];
  /** The bytes that the lines are. */
  start: number;
  end: number;
}

export const EMPTY: Window = { lines: [], start: 0, end: 0 };

/** The window around a byte, from the beginning of a line on. */
export async function around(read: Read, at: number, signal?: AbortSignal): Promise<Window> {
  const from = Math.max(0, at - PIECE / 2);
  return later(read, await aligned(read, from, PIECE, signal), 0, signal);
}

/** The end of a log of some size. */
export function tail(read: Read, size: number, signal?: AbortSignal): Promise<Window> {
  return aligned(read, Math.max(0, size - PIECE), PIECE, signal);
}

/** Some more of what comes before. What is then too much is let go of at the other end. */
export async function earlier(read: Read, window: Window, signal?: AbortSignal): Promise<Window> {
  if (window.start === 0) return window;
  const from = Math.max(0, window.start - PIECE);
  const before = await aligned(read, from, window.start - from, signal);
  const lines = joined(before.lines, window.lines);
  return shortened({ lines, start: before.start, end: window.end }, "end");
}

/** Some more of what comes behind. */
export async function later(
  read: Read,
  window: Window,
  size: number = PIECE,
  signal?: AbortSignal,
): Promise<Window> {
  if (size === 0) return window;
  const { bytes, next } = await read(window.end, size, signal);
  const whole = wholeLetters(bytes);
  const lines = joined(window.lines, linesOf(whole, window.end));
  return shortened({ ...window, lines, end: next - (bytes.length - whole.length) }, "start");
}

/** With what was printed just now. */
export function extended(window: Window, text: string, end: number): Window {
  const lines = joined(window.lines, linesOfText(text, window.end));
  return shortened({ lines, start: window.start, end }, "start");
}

async function aligned(read: Read, from: number, size: number, signal?: AbortSignal): Promise<Window> {
  const { bytes, next } = await read(from, size, signal);
  const whole = wholeLetters(bytes);
  const lines = linesOf(whole, from);
  // The first is the rest of a line, unless it is all there is.
  if (from > 0 && lines.length > 1) lines.shift();
  return { lines, start: lines[0]?.at ?? from, end: next - (bytes.length - whole.length) };
}

function shortened(window: Window, where: "start" | "end"): Window {
  const { lines, start, end } = window;
  if (end - start <= KEPT) return window;
  if (where === "start") {
    const first = lines.findIndex(({ at }) => end - at <= KEPT);
    const kept = lines.slice(first < 0 ? -1 : first);
    return { lines: kept, start: kept[0]?.at ?? end, end };
  }
  const last = lines.findLastIndex(({ at }) => at - start <= KEPT);
  const cut = lines[last]?.at ?? end;
  return last > 0 ? { lines: lines.slice(0, last), start, end: cut } : window;
}

/** Where a text was found. */
export interface Found {
  at: number;
}

/**
 * Looks for a text in a whole log, piece by piece, whatever its size; capitals count for nothing.
 *
 * @param from The line from which to look, which itself does not count.
 * @param told Hears how far it is.
 */
export async function next(
  read: Read,
  text: string,
  from: number,
  told: (at: number) => void,
  signal: AbortSignal,
): Promise<Found | null> {
  const wanted = text.toLowerCase();
  let at = Math.max(0, from);
  let lines: Line[] = [];
  for (;;) {
    const { bytes } = await read(at, SEARCHED, signal);
    const whole = bytes.length < SEARCHED;
    const letters = whole ? bytes : wholeLetters(bytes);
    lines = joined(lines, linesOf(letters, at));
    const found = lines.find((line) => (whole || !line.open) && line.at > from && holds(line, wanted));
    if (found) return { at: found.at };
    if (whole) return null;
    lines = lines.slice(-1).filter(({ open }) => open);
    at += letters.length;
    told(at);
  }
}

/** The same towards the beginning. */
export async function previous(
  read: Read,
  text: string,
  from: number,
  told: (at: number) => void,
  signal: AbortSignal,
): Promise<Found | null> {
  const wanted = text.toLowerCase();
  let end = from;
  while (end > 0) {
    const begin = Math.max(0, end - SEARCHED);
    const { bytes } = await read(begin, end - begin, signal);
    const lines = linesOf(bytes, begin);
    const cut = begin > 0 && lines.length > 1;
    if (cut) lines.shift();
    const found = lines.findLast((line) => line.at < from && holds(line, wanted));
    if (found) return { at: found.at };
    // A line that began before is looked at whole with the piece that it begins in.
    end = cut ? (lines[0]?.at ?? begin) : begin;
    told(begin);
    if (begin === 0) return null;
  }
  return null;
}

const holds = (line: Line, wanted: string): boolean => plainOf(line.text).toLowerCase().includes(wanted);
