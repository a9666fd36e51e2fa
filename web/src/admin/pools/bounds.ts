import type { components } from "../../api/schema";
import { bytes, count } from "../../i18n/amounts";

export type Pool = components["schemas"]["Pool"];
export type PoolForm = components["schemas"]["PoolForm"];

export const RESOURCES = ["cpu", "memory", "nvidia.com/gpu"] as const;
export type Resource = (typeof RESOURCES)[number];

/** What is typed of one resource; empty where there is no bound. */
export interface TypedBound {
  most?: string;
  default?: string;
}

/** A pool as it is typed. */
export interface TypedPool {
  name: string;
  description: string;
  private: boolean;
  users: string[];
  labels: { key: string; value: string }[];
  cpu: TypedBound;
  memory: TypedBound;
  gpu: TypedBound;
}

/** What a field is called: no full stop stands in the key of a text. */
export const FIELDS = { cpu: "cpu", memory: "memory", "nvidia.com/gpu": "gpu" } as const;

/** Bytes as they are typed: in the largest unit in which they are whole. */
export function sizeOf(amount: number): string {
  for (const [unit, size] of [
    ["Gi", 1024 ** 3],
    ["Mi", 1024 ** 2],
    ["Ki", 1024],
  ] as const)
    if (amount > 0 && amount % size === 0) return `${amount / size}${unit}`;
  return String(amount);
}

function typedBound(resource: Resource, told: Record<string, number> | undefined): TypedBound {
  const text = (amount: number) => (resource === "memory" ? sizeOf(amount) : String(amount));
  const { most, default: own } = told ?? {};
  return {
    ...(most !== undefined && { most: text(most) }),
    ...(own !== undefined && { default: text(own) }),
  };
}

export function typedOf(pool: Pool | undefined): TypedPool {
  return {
    name: pool?.name ?? "",
    description: pool?.description ?? "",
    private: pool?.private ?? false,
    users: [...(pool?.users ?? [])],
    labels: Object.entries(pool?.labels ?? {}).map(([key, value]) => ({ key, value })),
    cpu: typedBound("cpu", pool?.bounds.cpu),
    memory: typedBound("memory", pool?.bounds.memory),
    gpu: typedBound("nvidia.com/gpu", pool?.bounds["nvidia.com/gpu"]),
  };
}

/** A number where a number is typed; the server reads sizes such as `8Gi` itself. */
function amountOf(resource: Resource, text: string | undefined): number | string | undefined {
  const bare = text?.trim() ?? "";
  if (!bare) return undefined;
  return resource === "memory" && !/^\d+$/.test(bare) ? bare : Number(bare);
}

export function formOf(typed: TypedPool): PoolForm {
  const bounds: NonNullable<PoolForm["bounds"]> = {};
  for (const resource of RESOURCES) {
    const told = typed[FIELDS[resource]] ?? {};
    const most = amountOf(resource, told.most);
    const own = amountOf(resource, told.default);
    if (most !== undefined || own !== undefined)
      bounds[resource] = { ...(most !== undefined && { most }), ...(own !== undefined && { default: own }) };
  }
  return {
    description: typed.description,
    private: typed.private,
    users: typed.private ? typed.users : [],
    labels: Object.fromEntries(typed.labels.map(({ key, value }) => [key.trim(), value.trim()])),
    bounds,
  };
}

/** A bound for people to read. */
export function shownAmount(resource: string, amount: number, language: string): string {
  return resource === "memory" ? bytes(amount, language) : count(amount, language, 2);
}
