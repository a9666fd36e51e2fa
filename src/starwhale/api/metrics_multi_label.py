"""`@multi_label_classification`: figures of answers that are sets of labels."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from starwhale.api.metrics_reporting import Decorated, Function, reporting

if TYPE_CHECKING:
    from starwhale.evaluations.metrics.report import Report

KIND = "multi_label_classification"


def multi_label_classification(
    *, labels: Sequence[Any] | None = None, log_scores: bool = False
) -> Callable[[Function], Decorated]:
    """Log how well the sets of labels are found that `evaluate` returns.

    The function returns ``(y_true, y_pred)``: per row a collection of labels, or matrices of 0 and 1 of
    shape ``(rows, labels)``; and perhaps `y_score`, numbers of that shape.

    The summary gets `kind`, `rows`, `labels`, `subset_accuracy`, `hamming_loss`, `jaccard` and
    ``micro avg/…``, ``macro avg/…``, ``weighted avg/…``, ``samples avg/…``; with scores also `roc_auc`,
    `average_precision` and `ranking_precision`. Tables: ``labels``, ``roc_auc/LABEL``, ``pr_curve/LABEL``.

    Args:
        labels: All labels and their order; None for those that occur.
        log_scores: Log the F1 of each row to the table ``scores``.

    Raises:
        MissingDependency: scikit-learn is not installed.
        UsageError: the function returns something else, or a label that is unknown.

    Example:
        ```python
        @multi_label_classification(labels=["sport", "politics", "art"])
        @evaluation.evaluate(needs=[predict])
        def evaluate(results):
            rows = list(results)
            return [row["input"]["topics"] for row in rows], [row["output"] for row in rows]
        ```
    """

    def measure(**columns: Any) -> Report:
        from starwhale.evaluations.metrics.multi_label import multi_label_classification as measured

        return measured(**columns, labels=labels)

    return reporting(
        measure,
        kind=KIND,
        modules=("sklearn",),
        columns=("y_true", "y_pred"),
        optional=("y_score",),
        log_scores=log_scores,
    )
