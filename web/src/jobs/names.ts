/** What the address of a dataset, model or runtime names, and where the page of that lies; null where we have none. */
export interface Named {
  project: string;
  name: string;
  version: string;
  path: string;
}

const FULL = /^[^/]+\/project\/([^/]+)\/(dataset|model|runtime)\/([^/]+)(?:\/version\/([^/]+))?$/;
const BARE = /^([A-Za-z0-9_.-]+)(?:\/(?:version\/)?([A-Za-z0-9_.-]+))?$/;

/** What stands for the address of something in a project that one may not look into. */
export const UNSEEN = "(hidden)";

/** Reads a full address such as `local/project/p/model/m/version/v`, or a short one such as `m/version/v`. */
export function named(address: string, project: string, kind: "dataset" | "model" | "runtime"): Named | null {
  const [, there = "", noun = "", name = "", version = "latest"] = FULL.exec(address) ?? [];
  if (name) return { project: there, name, version, path: pathOf(there, noun, name, version) };
  const [, bare = "", short = "latest"] = BARE.exec(address) ?? [];
  return bare ? { project, name: bare, version: short, path: pathOf(project, kind, bare, short) } : null;
}

function pathOf(project: string, kind: string, name: string, version: string): string {
  const [where, what, which] = [project, name, version].map(encodeURIComponent);
  return `/projects/${where}/${kind}s/${what}/versions/${which}`;
}

/** The last part of the id of a handler: what people call it. */
export function shortHandler(id: string): string {
  return id.slice(id.lastIndexOf(":") + 1);
}

/** As much of an id as tells it from others. */
export const shortId = (id: string): string => id.slice(0, 12);
