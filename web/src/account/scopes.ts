/** What tokens can be limited to, in the order in which people think of them. */
export const RESOURCES = [
  "dataset",
  "model",
  "runtime",
  "job",
  "table",
  "report",
  "run",
  "project",
  "member",
  "webhook",
  "audit",
] as const;

export const SCOPES: readonly string[] = RESOURCES.flatMap((each) =>
  each === "project" || each === "member" || each === "webhook"
    ? [`${each}:read`, `${each}:write`, `${each}:manage`]
    : each === "audit"
      ? [`${each}:read`]
      : [`${each}:read`, `${each}:write`],
).concat("shell:write");

export type Rights = "all" | "reading" | "chosen";

export function scopesOf(rights: Rights, chosen: readonly string[]): string[] | null {
  return { all: null, reading: ["*:read"], chosen: [...chosen] }[rights];
}

/** When a token that is made now ends; null for never. */
export function endOf(days: number, now: Date = new Date()): string | null {
  return days > 0 ? new Date(now.getTime() + days * 86_400_000).toISOString() : null;
}
