import type { ReactNode } from "react";

/** A word beside a name, such as a role. */
export function Tag({
  tone = "plain",
  children,
}: {
  tone?: "plain" | "info" | "good" | "bad";
  children: ReactNode;
}) {
  return <span className={`tag ${tone}`}>{children}</span>;
}
