import type { TFunction } from "i18next";
import { JOB_STATES } from "../../jobs/states";

const KNOWN = [
  "catalog",
  "tables",
  "durability",
  "objects",
  "disk",
  "inodes",
  "privacy",
  "open files",
  "clock",
  "cookies",
  "proxies",
  "packages",
  "console",
  "process",
  "workers",
  "address",
  "public_url",
] as const;

/** What the server looked at, in the language of the page; as it calls it itself where we have no word. */
export function findingName(t: TFunction, name: string): string {
  const known = KNOWN.find((each) => each === name);
  return known ? t(`admin.health.looks.${known}`) : name;
}

const STATES = [...JOB_STATES, "UNKNOWN"] as const;

export function jobStateName(t: TFunction, state: string): string {
  const known = STATES.find((each) => each === state);
  return known ? t(`admin.health.jobStates.${known}`) : state;
}
