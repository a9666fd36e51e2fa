"""`@detection`: figures of objects that are found in pictures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Literal

from starwhale.api.metrics_reporting import Decorated, Function, reporting

if TYPE_CHECKING:
    from starwhale.evaluations.metrics.report import Report

KIND = "detection"


def detection(
    *,
    iou_type: Literal["bbox", "segm"] = "bbox",
    box_format: Literal["xywh", "xyxy"] = "xywh",
    labels: Sequence[Any] | None = None,
) -> Callable[[Function], Decorated]:
    """Log the average precision and recall of the objects that `evaluate` returns, as COCO computes them.

    The function returns ``(y_true, y_pred)``: per picture a list of objects, each a
    `COCOObjectAnnotation` or a dict with `label` (or `category_id`) and `bbox`, or for ``segm``
    `segmentation`; those of `y_pred` are dicts that have a `score` as well.

    The summary gets `kind`, `pictures`, `objects`, `found`, `mAP`, ``mAP@50``, ``mAP@75``, ``mAR@1``,
    ``mAR@10``, ``mAR@100``, and `mAP` and `mAR` of small, medium and large objects. Tables: ``labels``,
    ``pr_curve/LABEL``.

    Args:
        iou_type: Overlap of boxes or of outlines.
        box_format: What four numbers mean: corner and size, or two corners.
        labels: All classes; None for those that occur.

    Raises:
        MissingDependency: pycocotools is not installed.
        UsageError: the function returns something else, or an object lacks its box or score.

    Example:
        ```python
        @detection(box_format="xyxy")
        @evaluation.evaluate(needs=[predict])
        def evaluate(results):
            rows = list(results)
            return [row["input"]["objects"] for row in rows], [row["output"] for row in rows]
        ```
    """

    def measure(**columns: Any) -> Report:
        from starwhale.evaluations.metrics.detection import detection as measured

        return measured(**columns, iou_type=iou_type, box_format=box_format, labels=labels)

    return reporting(
        measure, kind=KIND, modules=("pycocotools",), columns=("y_true", "y_pred"), log_scores=False
    )
