"""What a figure shows, apart from how it is drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Style = Literal["line", "dots", "steps"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """Points that belong together.

    Attributes:
        name: For the legend; empty where there is none.
        x: Of the points; of ``steps`` the edges of the bins, one more than `y`.
        y: Of the points, or the heights of the bins.
        style: How they are joined.
    """

    name: str = ""
    x: tuple[float, ...]
    y: tuple[float, ...]
    style: Style = "line"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """Series over two axes.

    Attributes:
        name: Short and fit for a file name.
        title: For people.
        x_label: What lies on the axis.
        y_label: The same.
        series: At least one.
        diagonal: Draw where both axes have the same value.
        x_range: Ends of the axis; None for those of the points.
        y_range: The same.
    """

    name: str
    title: str
    x_label: str
    y_label: str
    series: tuple[Series, ...]
    diagonal: bool = False
    x_range: tuple[float, float] | None = None
    y_range: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """Counts of what was true against what was answered.

    Attributes:
        name: Short and fit for a file name.
        title: For people.
        labels: In the order of rows and columns.
        counts: `counts[true][answered]`, square; counts or shares.
    """

    name: str
    title: str
    labels: tuple[str, ...]
    counts: tuple[tuple[float, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bars:
    """A bar per name.

    Attributes:
        name: Short and fit for a file name.
        title: For people.
        values: Name and length; not negative.
        top: Length of a full bar; None for the longest.
    """

    name: str
    title: str
    values: tuple[tuple[str, float], ...]
    top: float | None = None


Figure = Plot | Matrix | Bars
