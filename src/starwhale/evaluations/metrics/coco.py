"""COCO's own evaluation (pycocotools), one class at a time and without its printing.

Each class is given only the pictures in which it occurs. COCO's figures are the same (a picture without
objects of a class contributes nothing to it), and the memory needed is that of one class.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from types import FunctionType
from typing import TYPE_CHECKING, Any

import numpy as np

from starwhale.evaluations.metrics.outlines import draw

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from starwhale.evaluations.metrics.objects import Object

    Floats = NDArray[np.float64]

_SIZES = ("", "_small", "_medium", "_large")
_MOST_FOUND = (1, 10, 100)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stats:
    """Figures of one class.

    Attributes:
        figures: `ap`, `ap50`, `ap75`, `ap_small` …, `ar1`, `ar10`, `ar100`, `ar_small` …; None where there
            is nothing to be found.
        recall: 101 points from 0 to 1.
        precision: At these points, at an overlap of one half; None where there is nothing to be found.
    """

    figures: dict[str, float | None]
    recall: Floats
    precision: Floats | None


def evaluate(truths: list[Object], answers: list[Object], iou_type: str) -> Stats:
    """Figures of the objects of one class.

    Args:
        truths: What is there, each with `image_id` and what COCO needs.
        answers: What was found, with `score`.
        iou_type: ``bbox`` or ``segm``.

    Raises:
        UsageError: an outline is none.
    """
    pictures = sorted({each["image_id"] for each in (*truths, *answers)})
    if iou_type == "segm":
        draw([*truths, *answers])
    run = _quiet_evaluation()(_Side(truths), _Side(answers), iou_type)
    run.params.imgIds = pictures
    run.params.catIds = [1]
    run.evaluate()
    run.accumulate()
    # precision[overlap, recall, class, size, most found], recall without its second axis
    precision, recall = run.eval["precision"][:, :, 0], run.eval["recall"][:, 0]
    overlaps = list(np.round(run.params.iouThrs, 2))
    figures: dict[str, float | None] = {
        "ap50": _mean(precision[overlaps.index(0.5), :, 0, -1]),
        "ap75": _mean(precision[overlaps.index(0.75), :, 0, -1]),
    }
    for i, size in enumerate(_SIZES):
        figures[f"ap{size}"] = _mean(precision[:, :, i, -1])
        figures[f"ar{size}"] = _mean(recall[:, i, -1])
    figures |= {f"ar{most}": _mean(recall[:, 0, i]) for i, most in enumerate(_MOST_FOUND)}
    at_half: Floats = precision[overlaps.index(0.5), :, 0, -1]
    return Stats(
        figures=figures,
        recall=np.asarray(run.params.recThrs),
        precision=at_half if at_half.min() >= 0 else None,
    )


def _mean(values: Floats) -> float | None:
    """Mean of what is defined; COCO writes -1 where there is nothing to be found."""
    known = values[values > -1]
    return float(known.mean()) if len(known) else None


@cache
def _quiet_evaluation() -> Any:
    """COCO's class, whose methods print; tasks share stdout as threads, so that is not redirected."""
    from pycocotools import cocoeval

    original: Any = cocoeval.COCOeval

    def quiet(method: Any) -> Callable[..., Any]:
        return FunctionType(method.__code__, {**method.__globals__, "print": _silent}, method.__name__)

    methods = {name: quiet(getattr(original, name)) for name in ("evaluate", "accumulate")}
    methods["accumulate"].__defaults__ = original.accumulate.__defaults__
    return type("QuietEvaluation", (original,), methods)


def _silent(*args: Any, **kwargs: Any) -> None:
    """Print nothing."""


class _Side:
    """Truths or answers of one class, with the methods that COCO's code calls."""

    def __init__(self, objects: list[Object]) -> None:
        # number 0 would read as "matched with nothing"
        self._objects = {i: {**each, "id": i} for i, each in enumerate(objects, 1)}

    def getImgIds(self) -> list[int]:  # noqa: N802 - COCO's name
        return sorted({each["image_id"] for each in self._objects.values()})

    def getCatIds(self) -> list[int]:  # noqa: N802 - COCO's name
        return [1]

    def getAnnIds(self, imgIds: Any = (), catIds: Any = ()) -> list[int]:  # noqa: N802, N803 - COCO's names
        return list(self._objects)

    def loadAnns(self, ids: Iterable[int]) -> list[Object]:  # noqa: N802 - COCO's name
        return [self._objects[i] for i in ids]

    @staticmethod
    def annToRLE(each: Object) -> Any:  # noqa: N802 - COCO's name
        return each["segmentation"]
