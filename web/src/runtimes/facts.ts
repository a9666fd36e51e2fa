import type { Version } from "../artifacts/kinds";

/** What a runtime is, in a few words, as was noted when it was built: its Python and its way. */
export function inShort({ meta }: Pick<Version, "meta">): string {
  const python = typeof meta.python === "string" && meta.python ? `Python ${meta.python}` : "";
  const mode = typeof meta.mode === "string" ? meta.mode : "";
  return [python, mode].filter(Boolean).join(" · ");
}
