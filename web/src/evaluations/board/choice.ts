/** Which board is shown: one that is kept, the one that lies in the model, or one made of what was logged. */
export type Choice = number | "model" | "auto";

interface Known {
  boards: { id: number; preferred: boolean }[];
  shipped: boolean;
}

/** The board that the address wants, where there is one; else the one that comes first. */
export function choiceOf(wanted: string | null, { boards, shipped }: Known): Choice {
  const kept = boards.find(({ id }) => String(id) === wanted);
  if (kept) return kept.id;
  if (wanted === "auto" || (wanted === "model" && shipped)) return wanted;
  const preferred = boards.find((each) => each.preferred);
  return preferred?.id ?? (shipped ? "model" : "auto");
}
