"""The points of a metric, ready to be drawn."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import isfinite

from starwhale.core.errors import UsageError


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """The points of one metric of one run, by step and then by time.

    Attributes:
        name: Name of the metric.
        steps: Place of each point.
        values: Its value; may be NaN or infinite.
        times: When it was logged, in seconds of the epoch.
    """

    name: str
    steps: Sequence[int]
    values: Sequence[float]
    times: Sequence[float]

    def __len__(self) -> int:
        return len(self.steps)


def series_of(name: str, points: Iterable[tuple[int, float, float]]) -> Series:
    """A series of (step, time, value)."""
    found = sorted(points, key=lambda point: point[:2])
    steps, times, values = zip(*found, strict=True) if found else ((), (), ())
    return Series(name=name, steps=steps, values=values, times=times)


def smoothed(values: Sequence[float], weight: float) -> list[float]:
    """Exponential moving average without a bias to the first values; what is not finite is passed over.

    Args:
        values: In order.
        weight: Of what came before, 0 (nothing changes) up to, not including, 1.

    Raises:
        UsageError: the weight is out of range.
    """
    if not 0 <= weight < 1:
        raise UsageError(f"smoothing is from 0 up to, not including, 1, not {weight}")
    if not weight:
        return list(values)
    average, mass, smooth = 0.0, 0.0, list[float]()
    for value in values:
        if isfinite(value):
            average = weight * average + (1 - weight) * value
            mass = weight * mass + (1 - weight)
        smooth.append(average / mass if mass and isfinite(value) else value)
    return smooth


def thinned(xs: Sequence[float], ys: Sequence[float], most: int) -> list[tuple[float, float]]:
    """At most about `most` points that look the same: first, last, lowest and highest of each stretch.

    Points that are not finite are left out.

    Args:
        xs: Ascending.
        ys: As many.
        most: At least 4.
    """
    points = [(x, y) for x, y in zip(xs, ys, strict=True) if isfinite(x) and isfinite(y)]
    if len(points) <= most:
        return points
    stretches = max(most // 4, 1)
    cuts = [len(points) * i // stretches for i in range(stretches + 1)]
    kept: list[tuple[float, float]] = []
    for start, end in pairwise(cuts):
        part = range(start, end)
        lowest = min(part, key=lambda i: points[i][1])
        highest = max(part, key=lambda i: points[i][1])
        kept += [points[i] for i in sorted({start, lowest, highest, end - 1})]
    return kept
