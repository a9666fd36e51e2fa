"""Figures of each label from how often it was true, said and both."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from starwhale.evaluations.metrics.report import Row, numbered

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Counts = NDArray[np.int64]

LABELS = "labels"
CONFUSION = "confusion_matrix/binarylabel"
# a row of the matrix has a column per label, and nobody looks at more
MOST_IN_MATRIX = 256


def label_rows(names: Sequence[Any], outcomes: Counts) -> list[Row]:
    """Rows of the table ``labels``, under the column names of `multi_classification`.

    Args:
        names: The labels.
        outcomes: Shape ``(labels, 2, 2)``, as scikit-learn's `multilabel_confusion_matrix` gives it:
            ``[[true negatives, false positives], [false negatives, true positives]]``.
    """
    rows: list[Row] = []
    for name, ((tn, fp), (fn, tp)) in zip(names, outcomes.tolist(), strict=True):
        rows.append(
            {
                "id": str(name),
                "precision": share(tp, tp + fp),
                "recall": share(tp, tp + fn),
                "f1-score": share(2 * tp, 2 * tp + fp + fn),
                "support": float(tp + fn),
                "TN-True Negative": int(tn),
                "FP-False Positive": int(fp),
                "FN-False Negative": int(fn),
                "TP-True Positive": int(tp),
            }
        )
    return rows


def matrix_rows(matrix: Counts) -> list[Row]:
    """Rows of the table ``confusion_matrix/binarylabel``: a row per true label, a column per answer."""
    return numbered({str(i): value for i, value in enumerate(row)} for row in matrix.tolist())


def share(part: float, whole: float) -> float:
    """Part of a whole; 0 of nothing."""
    return part / whole if whole else 0.0
