const LOWER =
  /(^|[^a-z])(loss|losses|err|error|errors|mse|rmse|mae|mape|wer|cer|ter|perplexity|ppl|latency|duration|seconds?|time|ms|fpr|fnr|brier|ece|nll|hallucinations?|failed|missing)($|[^a-z])/i;
const HIGHER =
  /(^|[^a-z])(acc|accuracy|f1|f1-score|f-?score|precision|recall|sensitivity|specificity|auc|auroc|roc|ap|map|m?iou|dice|bleu|chrf|rouge\d?|meteor|ndcg|mrr|hit|hits|r2|kappa|mcc|score|jaccard|correct|exact|pass|throughput|win|tpr|tnr)($|[^a-z])/i;

/** Whether more of a metric is better, as its name tells; undefined where it does not tell. */
export function higherIsBetter(name: string): boolean | undefined {
  const [last = ""] = name.split("/").slice(-1);
  for (const part of [last, name]) {
    const words = part.replaceAll("_", " ").replace(/([a-z])([A-Z])/g, "$1 $2");
    if (LOWER.test(words)) return false;
    if (HIGHER.test(words)) return true;
  }
  return undefined;
}

/** What somebody has said of metrics goes before what their names tell; null: neither is better. */
export type Directions = Readonly<Record<string, boolean | null>>;

export function directionOf(name: string, chosen: Directions): boolean | undefined {
  const own = chosen[name];
  return own === undefined ? higherIsBetter(name) : (own ?? undefined);
}

export type Verdict = "better" | "worse" | "same" | "other";

/** How a number stands to that of the base; `other` where nobody knows which way is better, or one has none. */
export function verdictOf(
  base: number | undefined,
  value: number | undefined,
  higher: boolean | undefined,
): Verdict {
  if (base === undefined || value === undefined) return base === value ? "same" : "other";
  if (Object.is(base, value) || base === value) return "same";
  const by = value - base;
  if (higher === undefined || Number.isNaN(by)) return "other";
  return by > 0 === higher ? "better" : "worse";
}

/** By how much of the base a number differs from it; undefined where that says nothing. */
export function shareOf(base: number | undefined, value: number | undefined): number | undefined {
  if (base === undefined || value === undefined || base === 0) return undefined;
  const share = (value - base) / Math.abs(base);
  return Number.isFinite(share) ? share : undefined;
}
