import type { components } from "../api/schema";
import { ALIAS } from "../projects/steps";

/** What is kept in versions. */
export type Kind = Exclude<components["schemas"]["Kind"], "job">;

export type Version = components["schemas"]["Version"] & { kind: Kind };
export type Package = components["schemas"]["Package"] & { latest: Version | null };

interface Named {
  kind: Kind;
  project: string;
  name: string;
}

/** Page of all of a kind. */
export function listAddress({ kind, project }: Pick<Named, "kind" | "project">): string {
  return `/projects/${encodeURIComponent(project)}/${kind}s`;
}

/** Page of one name: its versions. */
export function nameAddress(of: Named): string {
  return `${listAddress(of)}/${encodeURIComponent(of.name)}`;
}

/** Page of one version. */
export function versionAddress(of: Named & { version: string }): string {
  return `${nameAddress(of)}/versions/${encodeURIComponent(of.version)}`;
}

/** Page of what differs between two versions. */
export function diffAddress(of: Named, from: string, to: string): string {
  return `${nameAddress(of)}/diff?${new URLSearchParams({ from, to })}`;
}

/** What swcli and the SDK call a package or a version, on a machine that is logged in as the first steps say. */
export function uriOf({ kind, project, name, version }: Named & { version?: string }): string {
  const home = `cloud://${ALIAS}/project/${project}/${kind}/${name}`;
  return version ? `${home}/version/${version}` : home;
}

/** As much of an id as people read and type. */
export function short(version: string): string {
  return version.slice(0, 12);
}

/** The tags that people gave; the others say only how many versions came before. */
export function ownTags({ tags, seq }: Pick<Version, "tags" | "seq">): string[] {
  return tags.filter((tag) => tag !== "latest" && tag !== `v${seq}`);
}

export function isLatest({ tags }: Pick<Version, "tags">): boolean {
  return tags.includes("latest");
}

/** The newest of some versions that are older than one. */
export function before<Some extends Pick<Version, "seq">>(
  seq: number,
  versions: readonly Some[],
): Some | undefined {
  return versions
    .filter((each) => each.seq < seq)
    .reduce<Some | undefined>((newest, each) => (newest && newest.seq > each.seq ? newest : each), undefined);
}
