"""Curves of a score that should be high for one label: ROC, precision over recall, calibration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from starwhale.evaluations.metrics.report import Row, from_columns, numbered

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]

# finer than any picture; figures are computed before points are left out
MOST_POINTS = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """Points of a curve, and the figure that stands for it.

    Attributes:
        area: Under the curve; the average precision of a curve of precision over recall.
        rows: At most `MOST_POINTS`, both ends among them.
    """

    area: float
    rows: list[Row]


def thinned(x: Floats, y: Floats, most: int = MOST_POINTS) -> NDArray[np.intp]:
    """Which points to keep of a curve so that its shape stays.

    Points are chosen at even distances along the curve, not along its list: where scores tie there are few
    points and long strokes.

    Args:
        x: Of the points, in order.
        y: The same.
        most: Points to keep at most, at least 2.

    Returns:
        Their positions, ascending; the first and the last are among them.
    """
    if len(x) <= most:
        return np.arange(len(x))
    way = np.concatenate([[0.0], np.cumsum(np.abs(np.diff(x)) + np.abs(np.diff(y)))])
    kept = np.searchsorted(way, np.linspace(0.0, way[-1], most))
    return np.unique(np.concatenate([[0], kept[1:-1], [len(x) - 1]]))


def roc(positive: Flags, score: Floats) -> Curve | None:
    """False against true positives; None unless there are both positive and negative rows.

    The first threshold, above every score, is infinite.
    """
    if positive.all() or not positive.any():
        return None
    from sklearn.metrics import auc, roc_curve

    fpr, tpr, thresholds = roc_curve(positive, score)
    kept = thinned(fpr, tpr)
    rows = from_columns(fpr=fpr[kept], tpr=tpr[kept], threshold=thresholds[kept])
    return Curve(area=float(auc(fpr, tpr)), rows=rows)


def precision_recall(positive: Flags, score: Floats) -> tuple[Curve, float, float] | None:
    """Precision over recall with the best F1 and the threshold that has it; None without positive rows."""
    if not positive.any():
        return None
    from sklearn.metrics import precision_recall_curve

    precision, recall, thresholds = precision_recall_curve(positive, score)
    average = float(-np.sum(np.diff(recall) * precision[:-1]))
    total = precision + recall
    f1 = np.divide(2 * precision * recall, total, out=np.zeros_like(total), where=total > 0)
    best = int(np.argmax(f1[:-1]))
    # the last point, precision 1 at recall 0, belongs to a threshold above every score
    levels = np.append(thresholds, np.inf)
    kept = thinned(recall, precision)
    rows = from_columns(recall=recall[kept], precision=precision[kept], threshold=levels[kept])
    return Curve(area=average, rows=rows), float(f1[best]), float(thresholds[best])


def calibration(positive: Flags, chance: Floats, bins: int) -> tuple[list[Row], float]:
    """How often rows of a chance come true.

    Args:
        positive: What came true.
        chance: 0 to 1.
        bins: Of equal width; those without rows are left out.

    Returns:
        Rows ``{low, high, mean_score, positive_share, count}``, and the expected calibration error: the mean
        distance between chance and share, weighted by rows.
    """
    edges = np.linspace(0.0, 1.0, bins + 1)
    where = np.clip(np.searchsorted(edges[1:-1], chance, side="left"), 0, bins - 1)
    count = np.bincount(where, minlength=bins)
    chances = np.bincount(where, weights=chance, minlength=bins)
    hits = np.bincount(where, weights=positive, minlength=bins)
    rows: list[dict[str, Any]] = []
    for i in np.flatnonzero(count).tolist():
        n = int(count[i])
        mean, hit = float(chances[i]) / n, float(hits[i]) / n
        rows.append(
            {
                "low": float(edges[i]),
                "high": float(edges[i + 1]),
                "mean_score": mean,
                "positive_share": hit,
                "count": n,
            }
        )
    error = float(np.abs(chances - hits).sum() / count.sum())
    return numbered(rows), error
