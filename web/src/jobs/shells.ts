/** How a terminal has ended: the status of its program, or why it was ended. */
export interface Farewell {
  status: number | null;
  cause: string;
}

/** Where a terminal in a task is opened; whoever opens it shows the cookie of this page. */
export function shellOf(
  here: Pick<Location, "protocol" | "host">,
  project: string,
  job: string,
  task: string,
): string {
  const [where, which, what] = [project, job, task].map(encodeURIComponent);
  const scheme = here.protocol === "https:" ? "wss:" : "ws:";
  return `${scheme}//${here.host}/api/v1/projects/${where}/jobs/${which}/tasks/${what}/exec`;
}

export function farewellOf(text: string): Farewell {
  try {
    const told = JSON.parse(text) as Partial<Farewell> | null;
    return {
      status: typeof told?.status === "number" ? told.status : null,
      cause: typeof told?.cause === "string" ? told.cause : "",
    };
  } catch {
    return { status: null, cause: text };
  }
}
