import { ownTags, type Version } from "./kinds";

export interface Wanted {
  /** Those at hand in which the text occurs. */
  found: readonly Version[];
  /** What the server is asked for where none of those is meant by just this name; empty for nothing. */
  ask: string;
}

/** Which versions a text that somebody types means: by number, id, tag or message. */
export function wantedBy(typed: string, versions: readonly Version[]): Wanted {
  const text = typed.trim().toLowerCase();
  if (text === "") return { found: versions, ask: "" };
  const found = versions.filter((each) =>
    [`v${each.seq}`, each.version, ...ownTags(each), each.message].some((name) =>
      name.toLowerCase().includes(text),
    ),
  );
  const name = NUMBER.test(text) ? `v${text}` : typed.trim();
  const there = versions.some(({ version, tags }) => version.startsWith(name) || tags.includes(name));
  return { found, ask: there || !NAME.test(name) ? "" : name };
}

/** Few digits are the number of a version; many may begin an id. */
const NUMBER = /^\d{1,4}$/;
const NAME = /^[\w.-]{2,}$/;
