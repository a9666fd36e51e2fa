"""Numbers on an axis: which ones to write, and how."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from starwhale.evaluations.figures.data import Plot

_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
_LARGEST = 1e300


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """A range of numbers on a stretch of a picture.

    Attributes:
        low: Number at the beginning.
        high: Number at the end, above `low`.
        ticks: Numbers to write.
    """

    low: float
    high: float
    ticks: tuple[float, ...]

    def share(self, number: float) -> float:
        """Where a number lies: 0 at the beginning, 1 at the end, beyond them where it is outside."""
        return (number - self.low) / (self.high - self.low)

    def text(self, number: float) -> str:
        """A tick as it is written: as many digits as tell it from its neighbours."""
        step = self.ticks[1] - self.ticks[0] if len(self.ticks) > 1 else abs(number)
        largest = max(abs(self.low), abs(self.high))
        if largest >= 1e6 or 0 < largest < 1e-4:
            return f"{number:.3g}"
        digits = max(0, -math.floor(math.log10(step) + 1e-9)) if step > 0 else 0
        # a step of 2.5 needs one digit more than one of 2
        digits += round(step * 10**digits, 6) % 1 > 0
        return f"{number + 0.0:.{min(digits, 8)}f}"


def axis(numbers: Sequence[float], *, ends: tuple[float, float] | None = None, most: int = 6) -> Axis:
    """An axis that holds numbers.

    Args:
        numbers: To be held; those that are not finite are left out.
        ends: Where it begins and ends; None for round numbers around the others.
        most: About how many ticks there may be.
    """
    finite = [number for number in numbers if abs(number) < _LARGEST]
    low, high = ends or (min(finite, default=0.0), max(finite, default=1.0))
    if not high - low > 1e-12 * max(abs(low), abs(high)):
        margin = abs(low) / 2 or 0.5
        low, high = low - margin, high + margin
    step = _step((high - low) / max(most - 1, 1))
    if ends is None:
        low, high = math.floor(low / step + 1e-9) * step, math.ceil(high / step - 1e-9) * step
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return Axis(low=low, high=high, ticks=tuple(i * step for i in range(first, last + 1)))


def _step(least: float) -> float:
    unit = 10.0 ** math.floor(math.log10(least))
    return next(unit * step for step in _STEPS if unit * step >= least * (1 - 1e-9))


def axes(plot: Plot, *, most_x: int = 6, most_y: int = 6) -> tuple[Axis, Axis]:
    """Both axes of a plot; with a diagonal they are the same unless the plot says otherwise."""
    xs = [number for series in plot.series for number in series.x]
    ys = [number for series in plot.series for number in series.y]
    if any(series.style == "steps" for series in plot.series):
        ys.append(0.0)
    if plot.diagonal and plot.x_range is None and plot.y_range is None:
        xs = ys = [*xs, *ys]
    return axis(xs, ends=plot.x_range, most=most_x), axis(ys, ends=plot.y_range, most=most_y)


def number(value: float) -> str:
    """A figure beside a bar or in a legend: whole numbers whole, others with three digits that tell."""
    if not math.isfinite(value):
        return "-"
    if value == int(value) and abs(value) < 1e15:
        return str(int(value))
    return (
        f"{value:.3g}" if abs(value) < 0.001 or abs(value) >= 1e6 else f"{value:.3f}".rstrip("0").rstrip(".")
    )
