import type { StepSpec } from "./plan";

/** An amount of a resource as people read it: memory in bytes, all else as a number. */
export function amountOf(name: string, amount: number, language: string): string {
  const number = new Intl.NumberFormat(language, { maximumFractionDigits: 2 });
  if (name !== "memory") return number.format(amount);
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  const power = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log2(Math.max(1, amount)) / 10)));
  return `${number.format(amount / 1024 ** power)} ${units[power]}`;
}

/** What a step asks for, in one line; empty where it asks for nothing. */
export function resourcesOf(resources: StepSpec["resources"], language: string): string {
  return Object.entries(resources)
    .map(([name, { request, limit }]) => {
      const amounts = [...new Set([request, limit])].filter((each) => each !== undefined);
      return `${name} ${amounts.map((each) => amountOf(name, each, language)).join("–")}`;
    })
    .join(" · ");
}
