import { type Row, shortId } from "./rows";

/** What people call an evaluation: what its owner has said of it, and its id. */
export function nameOf({ id, job }: Row): string {
  return job?.comment ? `${job.comment} · ${shortId(id)}` : shortId(id);
}

/** The same in little room. */
export function briefOf({ id, job }: Row): string {
  return job?.comment || shortId(id);
}
