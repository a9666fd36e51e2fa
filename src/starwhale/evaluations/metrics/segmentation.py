"""Figures of pictures whose pixels are labels."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

import numpy as np

from starwhale.core.errors import UsageError
from starwhale.evaluations.metrics.labels import CONFUSION, LABELS, MOST_IN_MATRIX, label_rows, matrix_rows
from starwhale.evaluations.metrics.report import Report, Row, Summary, defined

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Counts = NDArray[np.int64]
    Mask = NDArray[np.int64]

KIND = "segmentation"
# the matrix of pixels grows with the square
MOST_UNNAMED = 1_024
_NOTHING = object()


def segmentation(
    y_true: Iterable[Any],
    y_pred: Iterable[Any],
    *,
    labels: Sequence[Any] | None = None,
    ignore_index: int | None = None,
) -> Report:
    """Intersection over union, dice and accuracy of masks, counted over the pixels of all pictures.

    Pictures are read one after the other, so that generators of masks need the memory of one picture only.

    Args:
        y_true: A mask per picture: integers of shape ``(height, width)`` (or any other), each the number of
            a class; arrays, or anything with `to_numpy`.
        y_pred: A mask of the same shape per picture.
        labels: Names of classes 0, 1, …; None for the numbers that occur.
        ignore_index: Pixels whose true class has this number do not count.

    Returns:
        `mIoU`, `dice` and `mean_accuracy` are means over the classes that occur. Table ``labels`` has the
        figures of each class; ``confusion_matrix/binarylabel`` counts pixels, for at most 256 classes.

    Raises:
        UsageError: numbers or shapes of masks differ, there are none, or a pixel has an unknown class.
    """
    pixels = _Pixels(labels, ignore_index)
    ious, dices = array("d"), array("d")
    for number, (true, said) in enumerate(zip_longest(y_true, y_pred, fillvalue=_NOTHING)):
        if true is _NOTHING or said is _NOTHING:
            raise UsageError(f"one of y_true and y_pred has {number} masks and the other more")
        iou, dice = pixels.add(true, said, number)
        ious.append(iou)
        dices.append(dice)
    if not ious:
        raise UsageError("y_true and y_pred are empty", hint="no picture was evaluated")
    scores = {"iou": np.frombuffer(ious), "dice": np.frombuffer(dices)}
    summary, tables = pixels.figures()
    return Report(kind=KIND, summary={"pictures": len(ious), **summary}, tables=tables, scores=scores)


class _Pixels:
    """How many pixels of each class were taken for which class."""

    def __init__(self, labels: Sequence[Any] | None, ignore_index: int | None) -> None:
        self._labels = labels
        self._ignored = ignore_index
        self._most = len(labels) if labels is not None else MOST_UNNAMED
        self._matrix = np.zeros((len(labels) if labels is not None else 0,) * 2, np.int64)

    def add(self, true: Any, said: Any, number: int) -> tuple[float, float]:
        """Count a picture; gives its own mean intersection over union and dice."""
        truth, answer = _mask(true, "y_true", number), _mask(said, "y_pred", number)
        if truth.shape != answer.shape:
            raise UsageError(f"mask {number} of y_true has the shape {truth.shape}, of y_pred {answer.shape}")
        counted = np.full(truth.shape, True) if self._ignored is None else truth != self._ignored
        truth, answer = truth[counted], answer[counted]
        self._make_room(truth, "y_true", number)
        self._make_room(answer, "y_pred", number)
        size = len(self._matrix)
        # what one picture has is a small part of many classes
        found, pixels = np.unique(truth * size + answer, return_counts=True)
        self._matrix.reshape(-1)[found] += pixels
        return _of_picture(found // max(size, 1), found % max(size, 1), pixels)

    def _make_room(self, mask: Mask, name: str, number: int) -> None:
        if not mask.size:
            return
        low, high = int(mask.min()), int(mask.max())
        if low < 0 or high >= self._most:
            raise UsageError(
                f"mask {number} of {name} has a pixel of the unknown class {low if low < 0 else high}",
                hint="give all `labels`, and `ignore_index` for pixels that do not count",
            )
        missing = high + 1 - len(self._matrix)
        if missing > 0:
            self._matrix = np.pad(self._matrix, (0, missing))

    def figures(self) -> tuple[Summary, dict[str, list[Row]]]:
        """What the summary and the tables say of all pictures."""
        matrix = self._matrix
        true, said, both = matrix.sum(axis=1), matrix.sum(axis=0), matrix.diagonal()
        pixels = int(true.sum())
        if not pixels:
            raise UsageError("no pixel counts in any picture", hint="all have the class `ignore_index`")
        occurs = (true + said) > 0
        iou, dice = _over(both, true + said - both), _over(2 * both, true + said)
        summary = defined(
            {
                "pixels": pixels,
                "pixel_accuracy": float(both.sum() / pixels),
                "mean_accuracy": float(_over(both, true)[true > 0].mean()),
                "mIoU": float(iou[occurs].mean()),
                "frequency_weighted_IoU": float((true * iou).sum() / pixels),
                "dice": float(dice[occurs].mean()),
            }
        )
        names = self._labels if self._labels is not None else range(len(matrix))
        outcomes = np.stack([pixels - true - said + both, said - both, true - both, both], axis=1)
        rows = label_rows(names, outcomes.reshape(-1, 2, 2))
        for i in np.flatnonzero(occurs).tolist():
            rows[i] |= {"iou": float(iou[i]), "dice": float(dice[i])}
        tables = {LABELS: rows}
        if len(matrix) <= MOST_IN_MATRIX:
            tables[CONFUSION] = matrix_rows(matrix)
        return summary, tables


def _mask(value: Any, name: str, number: int) -> Mask:
    convert = getattr(value, "to_numpy", None)
    mask = np.asarray(convert() if callable(convert) else value)
    if mask.dtype.kind not in "bui":
        raise UsageError(
            f"mask {number} of {name} has values of type {mask.dtype}",
            hint="each pixel is the number of a class",
        )
    return mask.astype(np.int64)


def _of_picture(truth: Mask, answer: Mask, pixels: Counts) -> tuple[float, float]:
    """Mean intersection over union and dice over the classes of one picture; NaN where nothing counts."""
    if not len(pixels):
        return float("nan"), float("nan")
    known, places = np.unique(np.concatenate([truth, answer]), return_inverse=True)
    total = np.bincount(places, weights=np.concatenate([pixels, pixels]), minlength=len(known))
    hit = truth == answer
    both = np.bincount(places[: len(truth)][hit], weights=pixels[hit], minlength=len(known))
    return float((both / (total - both)).mean()), float((2 * both / total).mean())


def _over(part: Counts, whole: Counts) -> NDArray[np.float64]:
    return np.divide(part, whole, out=np.zeros(len(whole)), where=whole > 0)
