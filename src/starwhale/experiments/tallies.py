"""The summary of a metric, kept as its points come in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from math import isfinite
from typing import Any


@dataclass(slots=True, kw_only=True)
class Tally:
    """What is known of the points of a metric without looking at them again.

    Attributes:
        count: Points.
        odd: Points that are not finite; they take no part in `low`, `high` and `mean`.
        last: Value at the highest step, the latest of several.
        step: That step.
        at: When it was logged, in seconds of the epoch.
        low: Least finite value; None where there is none.
        low_step: Its step.
        high: Greatest finite value.
        high_step: Its step.
        total: Sum of the finite values.
    """

    count: int = 0
    odd: int = 0
    last: float | None = None
    step: int = -1
    at: float = 0.0
    low: float | None = None
    low_step: int = -1
    high: float | None = None
    high_step: int = -1
    total: float = 0.0

    @property
    def mean(self) -> float | None:
        """Mean of the finite values; None where there is none."""
        finite = self.count - self.odd
        return self.total / finite if finite else None

    def add(self, steps: Iterable[int], values: Iterable[float], times: Iterable[float]) -> None:
        """Take points in."""
        for step, value, at in zip(steps, values, times, strict=True):
            self.count += 1
            if (step, at) >= (self.step, self.at):
                self.last, self.step, self.at = value, step, at
            if not isfinite(value):
                self.odd += 1
                continue
            self.total += value
            if self.low is None or value < self.low:
                self.low, self.low_step = value, step
            if self.high is None or value > self.high:
                self.high, self.high_step = value, step

    def merged(self, other: Tally) -> Tally:
        """The summary of the points of both."""
        newest = self if (self.step, self.at) >= (other.step, other.at) else other
        lows = [each for each in (self, other) if each.low is not None]
        highs = [each for each in (self, other) if each.high is not None]
        lowest = min(lows, key=lambda each: each.low or 0.0, default=self)
        highest = max(highs, key=lambda each: each.high or 0.0, default=self)
        return Tally(
            count=self.count + other.count,
            odd=self.odd + other.odd,
            last=newest.last,
            step=newest.step,
            at=newest.at,
            low=lowest.low,
            low_step=lowest.low_step,
            high=highest.high,
            high_step=highest.high_step,
            total=self.total + other.total,
        )

    def to_row(self) -> dict[str, Any]:
        """As columns of a table."""
        return asdict(self)

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> Tally:
        """From columns of a table; those that are unknown here are left."""
        return cls(**{each.name: row[each.name] for each in fields(cls) if each.name in row})
