"""Figures of objects that are found in pictures, as COCO computes them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from starwhale.core.errors import UsageError
from starwhale.evaluations.metrics.coco import Stats, evaluate
from starwhale.evaluations.metrics.inputs import in_order, rows_of, same_length
from starwhale.evaluations.metrics.labels import LABELS
from starwhale.evaluations.metrics.libraries import require
from starwhale.evaluations.metrics.objects import BoxFormat, Found, Object, objects_of
from starwhale.evaluations.metrics.report import Report, Row, Summary, defined, from_columns

KIND = "detection"
MODULES = ("pycocotools",)
# the twelve figures of COCO, under the names people say
_FIGURES = {
    "mAP": "ap",
    "mAP@50": "ap50",
    "mAP@75": "ap75",
    "mAP_small": "ap_small",
    "mAP_medium": "ap_medium",
    "mAP_large": "ap_large",
    "mAR@1": "ar1",
    "mAR@10": "ar10",
    "mAR@100": "ar100",
    "mAR_small": "ar_small",
    "mAR_medium": "ar_medium",
    "mAR_large": "ar_large",
}


def detection(
    y_true: Any,
    y_pred: Any,
    *,
    iou_type: Literal["bbox", "segm"] = "bbox",
    box_format: BoxFormat = "xywh",
    labels: Sequence[Any] | None = None,
) -> Report:
    """Average precision and recall over ten thresholds of overlap, three sizes of objects and all classes.

    Args:
        y_true: Per picture a list of objects: `COCOObjectAnnotation`, or dicts with `label` (or
            `category_id`) and `bbox` (four numbers or a `BoundingBox`), or for ``segm`` `segmentation` as in
            COCO, and perhaps `iscrowd` and `area`.
        y_pred: Per picture a list of dicts with the same and `score`.
        iou_type: Overlap of boxes or of outlines.
        box_format: What four numbers mean: ``xywh`` (corner and size, as in COCO) or ``xyxy`` (two corners).
        labels: All classes; None for those that occur.

    Returns:
        The summary has COCO's twelve figures, those of sizes that do not occur left out. Tables: ``labels``
        with the figures of each class, ``pr_curve/LABEL`` at an overlap of one half.

    Raises:
        UsageError: numbers of pictures differ, there are none, nothing is to be found in any, a class is
            unknown, or an object has no box or no score.
        MissingDependency: pycocotools is not installed.
    """
    require(KIND, *MODULES)
    true, said = rows_of(y_true, "y_true"), rows_of(y_pred, "y_pred")
    pictures = same_length(y_true=true, y_pred=said)
    truths = objects_of(true, "y_true", iou_type=iou_type, box_format=box_format, scored=False)
    answers = objects_of(said, "y_pred", iou_type=iou_type, box_format=box_format, scored=True)
    _check_labels(truths, answers, labels)
    if not truths:
        raise UsageError("there is nothing to be found in any picture")
    rows: list[Row] = []
    tables: dict[str, list[Row]] = {LABELS: rows}
    all_stats: list[Stats] = []
    for label in in_order({*truths, *answers}):
        stats = evaluate(truths.get(label, []), answers.get(label, []), iou_type)
        all_stats.append(stats)
        of_label = {name: stats.figures[key] for name, key in _FIGURES.items()}
        counts = {"support": _counted(truths.get(label, [])), "found": len(answers.get(label, []))}
        rows.append({"id": str(label), **defined(of_label), **counts})
        if stats.precision is not None:
            tables[f"pr_curve/{label}"] = from_columns(recall=stats.recall, precision=stats.precision)
    summary: Summary = {
        "pictures": pictures,
        "objects": sum(map(_counted, truths.values())),
        "found": sum(map(len, answers.values())),
        **defined(
            {name: _mean([stats.figures[key] for stats in all_stats]) for name, key in _FIGURES.items()}
        ),
    }
    return Report(kind=KIND, summary=summary, tables=tables)


def _counted(objects: Sequence[Object]) -> int:
    """Objects without crowds, which need not be found."""
    return sum(not each["iscrowd"] for each in objects)


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def _check_labels(truths: Found, answers: Found, labels: Sequence[Any] | None) -> None:
    if labels is None:
        return
    known = set(labels)
    for name, found in (("y_true", truths), ("y_pred", answers)):
        unknown = in_order(set(found) - known)
        if unknown:
            raise UsageError(f"{name} has an object of the unknown class {unknown[0]!r}")
