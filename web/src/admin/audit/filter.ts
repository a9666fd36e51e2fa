/** Which events are wanted, as the address of the page says: times with their zone, the same for whoever gets it. */
export interface Filter {
  name: string;
  actor: string;
  project: string;
  since: string;
  until: string;
}

export const NAMES = ["name", "actor", "project", "since", "until"] as const;

/** Nouns of what is written down, in the order in which people think of them. */
export const NOUNS = [
  "login",
  "user",
  "token",
  "session",
  "invitation",
  "member",
  "project",
  "dataset",
  "model",
  "runtime",
  "build",
  "consumption",
  "job",
  "table",
  "run",
  "view",
  "panel",
  "report",
  "template",
  "schedule",
  "shell",
  "trash",
  "webhook",
  "pool",
  "garbage",
] as const;

/** What the server is asked for. */
export function queryOf({ name, actor, since, until }: Omit<Filter, "project">) {
  return {
    ...(name && { name: name.slice(0, 80) }),
    ...(actor && { actor: actor.slice(0, 80) }),
    ...momentOf("since", since),
    ...momentOf("until", until),
  };
}

function momentOf<Name extends string>(name: Name, text: string): Partial<Record<Name, string>> {
  const moment = new Date(text);
  return Number.isNaN(moment.getTime()) ? {} : ({ [name]: moment.toISOString() } as Record<Name, string>);
}

/** A time as the field for it writes it, by the clock of whoever looks; and the other way round. */
export function localOf(moment: string): string {
  const at = new Date(moment);
  if (Number.isNaN(at.getTime())) return "";
  const two = (number: number): string => String(number).padStart(2, "0");
  const day = `${String(at.getFullYear()).padStart(4, "0")}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${day}T${two(at.getHours())}:${two(at.getMinutes())}`;
}

export function zonedOf(local: string): string {
  const at = new Date(local);
  return Number.isNaN(at.getTime()) ? "" : at.toISOString();
}

/** Where the events that are shown are had as a file. */
export function exportOf(filter: Filter): string {
  const base = filter.project ? `/api/v1/projects/${encodeURIComponent(filter.project)}` : "/api/v1";
  const asked = new URLSearchParams(queryOf(filter)).toString();
  return `${base}/events/export${asked && `?${asked}`}`;
}

/** What an event is about, in a few words: the values that are short enough to be read at a glance. */
export function gist(payload: Record<string, unknown>): string {
  return Object.entries(payload)
    .filter(([name, value]) => name !== "project" && value !== null && typeof value !== "object")
    .map(([name, value]) => `${name} ${String(value).slice(0, 40)}`)
    .slice(0, 4)
    .join(" · ");
}
