"""`@binary_classification`: figures of answers that are yes or no."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from starwhale.api.metrics_reporting import Decorated, Function, reporting

if TYPE_CHECKING:
    from starwhale.evaluations.metrics.report import Report

KIND = "binary_classification"


def binary_classification(
    *, pos_label: Any = 1, threshold: float = 0.5, bins: int = 10, log_scores: bool = False
) -> Callable[[Function], Decorated]:
    """Log rates, coefficients and curves of what `evaluate` returns.

    The function returns ``(y_true, y_pred)`` or ``(y_true, y_pred, y_score)``, where `y_score` grows with
    what speaks for `pos_label`, and `y_pred` may be None for ``y_score >= threshold``.

    The summary gets `kind`, `rows`, `accuracy`, `precision`, `recall`, `f1`, `specificity`,
    `balanced_accuracy`, `matthews_correlation`, `cohen_kappa` and counts; with `y_score` also `roc_auc`,
    `average_precision`, `best_f1` and its threshold, and for probabilities `brier`, `log_loss` and
    `calibration_error`. Tables: ``labels``, ``confusion_matrix/binarylabel``, ``roc_auc/LABEL``,
    ``pr_curve/LABEL``, ``calibration``.

    Args:
        pos_label: Label that is looked for.
        threshold: Least score of a positive answer, where `y_pred` is None.
        bins: Of the calibration curve.
        log_scores: Log to the table ``scores`` whether each row is right.

    Raises:
        MissingDependency: scikit-learn is not installed.
        UsageError: the function returns something else, or more than two labels.

    Example:
        ```python
        @binary_classification(pos_label="spam")
        @evaluation.evaluate(needs=[predict])
        def evaluate(results):
            rows = list(results)
            return [row["input"]["label"] for row in rows], None, [row["output"] for row in rows]
        ```
    """

    def measure(**columns: Any) -> Report:
        from starwhale.evaluations.metrics.binary import binary_classification as measured

        return measured(**columns, pos_label=pos_label, threshold=threshold, bins=bins)

    return reporting(
        measure,
        kind=KIND,
        modules=("sklearn",),
        columns=("y_true", "y_pred"),
        optional=("y_score",),
        log_scores=log_scores,
    )
