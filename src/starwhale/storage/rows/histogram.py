"""How numbers are spread, counted in one pass and in little memory."""

from __future__ import annotations

import math
import sys
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

BINS = 32
"""Ranges that are told at most."""
LARGEST = sys.float_info.max
_LEAST = -1074


class Histogram:
    """Counts numbers in ranges of one width, which is a power of two and doubles as they spread.

    Every range begins at a multiple of the width, so that two of the narrower ranges are one of the wider:
    what is told is exact, in whatever order the numbers come.

    Args:
        whole: They are whole numbers; no range is narrower than one.
    """

    def __init__(self, *, whole: bool = False) -> None:
        self._least = 0 if whole else _LEAST
        self._exponent: int | None = None
        self._first = 0
        self._counts: NDArray[np.int64] = np.zeros(0, np.int64)
        self._low = math.inf
        self._high = -math.inf

    def see(self, numbers: NDArray[np.float64]) -> None:
        """Count some numbers, all of them finite."""
        if len(numbers) == 0:
            return
        self._low = min(self._low, float(numbers.min()))
        self._high = max(self._high, float(numbers.max()))
        self._widen(_exponent(self._low, self._high, self._least))
        places = self._places(numbers)
        first, last = int(places.min()), int(places.max())
        if len(self._counts):
            first, last = min(first, self._first), max(last, self._first + len(self._counts) - 1)
            begin = self._first - first
        else:
            begin = 0
        counts = np.bincount(places - first, minlength=last - first + 1)
        counts[begin : begin + len(self._counts)] += self._counts
        self._first, self._counts = first, counts

    def told(self) -> tuple[tuple[float, float, int], ...]:
        """The ranges: low end, high end, which belongs to the next, and how many numbers lie between."""
        if self._exponent is None:
            return ()
        while len(self._counts) > BINS:
            self._widen(self._exponent + 1)
        width = math.ldexp(1.0, self._exponent)
        edges = [
            max(-LARGEST, min(LARGEST, (self._first + place) * width))
            for place in range(len(self._counts) + 1)
        ]
        return tuple(zip(edges, edges[1:], map(int, self._counts), strict=False))

    def _places(self, numbers: NDArray[np.float64]) -> NDArray[np.int64]:
        # In two steps: the smallest widths have no reciprocal.
        half = (self._exponent or 0) // 2
        rest = (self._exponent or 0) - half
        scaled = np.ldexp(np.ldexp(numbers, -half), -rest)
        # What is so little below zero that it becomes zero still lies below it.
        return np.where((scaled == 0) & (numbers < 0), -1, np.floor(scaled)).astype(np.int64)

    def _widen(self, exponent: int) -> None:
        known = self._exponent
        if known is None:
            self._exponent = exponent
        if known is None or exponent <= known:
            return
        self._exponent = exponent
        steps = min(exponent - known, 63)
        places = (np.arange(len(self._counts), dtype=np.int64) + self._first) >> steps
        if len(places) == 0:
            return
        self._first = int(places[0])
        counts = np.zeros(int(places[-1]) - self._first + 1, np.int64)
        np.add.at(counts, places - self._first, self._counts)
        self._counts = counts


def _exponent(low: float, high: float, least: int) -> int:
    """That of the narrowest width of which few enough cover the numbers."""
    # Halves: the difference itself may be no number any more.
    spread = high / 2 - low / 2
    if spread == 0:
        return least if least == 0 else max(least, math.frexp(low)[1] - 52)
    return max(least, math.frexp(spread)[1] - 5)  # 64 of them, and one more where they do not begin with one
