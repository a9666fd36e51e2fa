/** What went wrong, as the server tells it (RFC 9457); `status` 0 where there was no answer at all. */
export interface Problem {
  status: number;
  code: string;
  detail: string;
  hint: string;
}

export class Fault extends Error {
  override name = "Fault";

  constructor(readonly problem: Problem) {
    super(problem.detail || problem.code);
  }
}

/** The fault in an answer. A proxy between us and the server may send pages instead of problems. */
export function faultOf(response: Pick<Response, "status" | "statusText">, body: unknown): Fault {
  const told = typeof body === "object" && body !== null ? (body as Record<string, unknown>) : {};
  return new Fault({
    status: response.status,
    code: textOf(told.code) || "error",
    detail: textOf(told.detail) || response.statusText || `HTTP ${response.status}`,
    hint: textOf(told.hint),
  });
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

export function problemOf(error: unknown): Problem {
  if (error instanceof Fault) return error.problem;
  return {
    status: -1,
    code: "broken",
    detail: error instanceof Error ? error.message : String(error),
    hint: "",
  };
}

/** One sentence, and what to do about it, with a capital and a full stop where they are missing. */
export function sentences({ detail, hint }: Pick<Problem, "detail" | "hint">): string {
  return [detail, hint].filter(Boolean).map(sentence).join(" ");
}

function sentence(text: string): string {
  const begun = text.charAt(0).toUpperCase() + text.slice(1);
  return /[\p{Sentence_Terminal}…]$/u.test(begun) ? begun : `${begun}.`;
}

/** Why something was refused, but for a change that somebody else has made meanwhile: that is told in its own way. */
export function unlessOutdated(error: unknown): unknown {
  return problemOf(error).status === 412 ? undefined : error;
}
