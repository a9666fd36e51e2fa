"""`@segmentation`: figures of pictures whose pixels are labels."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from starwhale.api.metrics_reporting import Decorated, Function, reporting

if TYPE_CHECKING:
    from starwhale.evaluations.metrics.report import Report

KIND = "segmentation"


def segmentation(
    *, labels: Sequence[Any] | None = None, ignore_index: int | None = None, log_scores: bool = False
) -> Callable[[Function], Decorated]:
    """Log intersection over union, dice and accuracy of the masks that `evaluate` returns.

    The function returns ``(y_true, y_pred)``: per picture an array of integers, each the number of a class.
    Both may be generators, for masks that do not fit into memory together.

    The summary gets `kind`, `pictures`, `pixels`, `pixel_accuracy`, `mean_accuracy`, `mIoU`,
    `frequency_weighted_IoU` and `dice`. Tables: ``labels``, ``confusion_matrix/binarylabel``.

    Args:
        labels: Names of classes 0, 1, …; None for the numbers that occur.
        ignore_index: Pixels whose true class has this number do not count.
        log_scores: Log the figures of each picture to the table ``scores``.

    Raises:
        UsageError: the function returns something else, shapes differ, or a pixel has an unknown class.

    Example:
        ```python
        @segmentation(labels=["road", "car", "sky"], ignore_index=255)
        @evaluation.evaluate(needs=[predict])
        def evaluate(results):
            rows = list(results)
            return [row["input"]["mask"] for row in rows], [row["output"] for row in rows]
        ```
    """

    def measure(**columns: Any) -> Report:
        from starwhale.evaluations.metrics.segmentation import segmentation as measured

        return measured(**columns, labels=labels, ignore_index=ignore_index)

    return reporting(measure, kind=KIND, modules=(), columns=("y_true", "y_pred"), log_scores=log_scores)
