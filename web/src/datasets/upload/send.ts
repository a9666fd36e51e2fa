import { Fault } from "../../api/fault";
import type { paths } from "../../api/schema";
import type { Format } from "./formats";
import { type Packed, tarOf } from "./tar";
import { type Built, faultIn, type LeftOut, linesFrom, refused, type Told } from "./told";

/** As the address has it; what is left out is as usual. */
type Asked = NonNullable<
  paths["/api/v1/projects/{project}/datasets/{name}/uploads"]["post"]["parameters"]["query"]
>;

export interface Wanted extends Omit<Asked, "tag" | "format"> {
  project: string;
  name: string;
  /** Nothing where it was neither guessed nor told. */
  format?: Format;
  tag: string[];
}

/** How far it is. */
export type Stage =
  | { step: "sending"; sent: number; size: number }
  | { step: "waiting" }
  | { step: "reading"; rows: number; size: number };

export interface Outcome {
  built: Built;
  leftOut: LeftOut[];
}

export function addressOf({ project, name, ...asked }: Wanted): string {
  const told = new URLSearchParams();
  for (const [key, value] of Object.entries(asked))
    for (const each of Array.isArray(value) ? value : [value])
      if (each !== undefined && each !== null && each !== "") told.append(key, String(each));
  const [of, into] = [project, name].map(encodeURIComponent);
  return `/api/v1/projects/${of}/datasets/${into}/uploads?${told}`;
}

function stageOf({ waiting, files, progress }: Told): Stage | undefined {
  if (progress) return { step: "reading", ...progress };
  if (files !== undefined) return { step: "reading", rows: 0, size: 0 };
  return waiting && { step: "waiting" };
}

/**
 * Send files and have a version made of them.
 *
 * @param tell Called as it goes on.
 * @param signal Ends it: what was sent is thrown away, and no version is made.
 * @throws {Fault} no version was made, and why.
 */
export function send(
  files: readonly Packed[],
  wanted: Wanted,
  tell: (stage: Stage) => void,
  signal: AbortSignal,
): Promise<Outcome> {
  // Only this way of asking tells how much was sent.
  const request = new XMLHttpRequest();
  const leftOut: LeftOut[] = [];
  let read = 0;
  let last: Told = {};
  const hear = (): void => {
    if (request.status !== 200) return;
    const { told, next } = linesFrom(request.responseText, read);
    read = next;
    for (const each of told) {
      if (each.left_out) leftOut.push(each.left_out);
      const stage = stageOf(each);
      if (stage) tell(stage);
      if (each.built || each.problem) last = each;
    }
  };
  return new Promise((resolve, reject) => {
    signal.addEventListener("abort", () => request.abort(), { once: true });
    request.upload.onprogress = ({ loaded, total }) => tell({ step: "sending", sent: loaded, size: total });
    request.upload.onload = () => tell({ step: "waiting" });
    request.onprogress = hear;
    request.onerror = () => reject(refused(0, ""));
    request.onabort = () => reject(new Fault({ status: 0, code: "canceled", detail: "", hint: "" }));
    request.onload = () => {
      hear();
      const fault = faultIn(last);
      if (last.built) resolve({ built: last.built, leftOut });
      else reject(fault ?? refused(request.status === 200 ? 0 : request.status, request.responseText));
    };
    request.open("POST", addressOf(wanted));
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.send(tarOf(files));
  });
}
