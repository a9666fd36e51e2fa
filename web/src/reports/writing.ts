import type { Role } from "../projects/queries";

/** Whether somebody may change the reports of a project in which he has this role. */
export function writesIn(role: Role | null | undefined, me: { admin: boolean } | null): boolean {
  return me !== null && (me.admin || (role !== null && role !== undefined && role !== "GUEST"));
}
