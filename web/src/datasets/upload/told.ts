import { Fault, faultOf } from "../../api/fault";

/** A row that was left out, and why. */
export interface LeftOut {
  file: string;
  row: number;
  reason: string;
}

export interface Built {
  version: string;
  rows: number;
  yielded: number;
  is_new: boolean;
  rejected: number;
}

/** How a build goes on, as the server tells it line by line. */
export interface Told {
  waiting?: true;
  files?: number;
  progress?: { rows: number; seconds: number; size: number };
  left_out?: LeftOut;
  built?: Built;
  problem?: { status: number; code: string; detail: string; hint: string };
}

/** What is told in the whole lines of a text from some place on, and where the rest begins. */
export function linesFrom(text: string, start: number): { told: Told[]; next: number } {
  const end = text.lastIndexOf("\n") + 1;
  if (end <= start) return { told: [], next: start };
  const lines = text.slice(start, end).split("\n").filter(Boolean);
  return { told: lines.map((line) => JSON.parse(line) as Told), next: end };
}

/** The fault that a build ended with. */
export function faultIn({ problem }: Told): Fault | undefined {
  return problem && faultOf({ status: problem.status, statusText: "" }, problem);
}

/** The fault in an answer that is no tale of a build at all. */
export function refused(status: number, text: string): Fault {
  let body: unknown = null;
  try {
    body = JSON.parse(text);
  } catch {
    // A proxy may have answered with a page of its own.
  }
  return status === 0
    ? new Fault({ status: 0, code: "unreachable", detail: "", hint: "" })
    : faultOf({ status, statusText: "" }, body);
}
