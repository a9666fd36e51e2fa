"""`@regression`: figures of answers that are numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from starwhale.api.metrics_reporting import Decorated, Function, reporting

if TYPE_CHECKING:
    from starwhale.evaluations.metrics.report import Report

KIND = "regression"


def regression(*, bins: int = 30, log_scores: bool = False) -> Callable[[Function], Decorated]:
    """Log errors, explained variance and correlation of what `evaluate` returns.

    The function returns ``(y_true, y_pred)``, numbers of shape ``(rows,)`` or ``(rows, outputs)``.

    The summary gets `kind`, `rows`, `mae`, `mse`, `rmse`, `median_absolute_error`, `max_error`,
    `mean_error`, `mape`, `r2`, `explained_variance`, `pearson` and `spearman`; what is not defined for the
    rows is left out. Tables: ``residuals``, ``parity``, and ``outputs`` where there are several.

    Args:
        bins: Of the histogram of errors.
        log_scores: Log the error of each row to the table ``scores``.

    Raises:
        MissingDependency: scikit-learn is not installed.
        UsageError: the function returns something else, or values that are no finite numbers.

    Example:
        ```python
        @regression()
        @evaluation.evaluate(needs=[predict])
        def evaluate(results):
            rows = list(results)
            return [row["input"]["price"] for row in rows], [row["output"] for row in rows]
        ```
    """

    def measure(**columns: Any) -> Report:
        from starwhale.evaluations.metrics.regression import regression as measured

        return measured(**columns, bins=bins)

    return reporting(
        measure, kind=KIND, modules=("sklearn",), columns=("y_true", "y_pred"), log_scores=log_scores
    )
