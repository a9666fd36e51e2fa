"""Lines of numbers, drawn in a terminal with braille dots."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from starwhale.cli.plain import visible

if TYPE_CHECKING:
    from rich.text import Text

Point = tuple[float, float]

_TERMINAL = ("blue", "yellow", "green", "red", "magenta", "cyan", "bright_blue", "bright_magenta")
_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
_BRAILLE = 0x2800
_BARS = "▁▂▃▄▅▆▇█"
_MARKS = "●▲■◆○△□◇+×*#"
_MARKS_APART = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """One line of a plot.

    Attributes:
        name: In the legend.
        points: By x; only finite numbers.
    """

    name: str
    points: Sequence[Point]


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What part of the plane is shown.

    Attributes:
        left: Least x.
        right: Greatest x, above `left`.
        low: Least y.
        high: Greatest y, above `low`.
    """

    left: float
    right: float
    low: float
    high: float

    def place(self, point: Point, width: float, height: float) -> Point:
        """Where a point lies in a box of that size, whose origin is at the top left."""
        x = (point[0] - self.left) / (self.right - self.left) * width
        y = (self.high - point[1]) / (self.high - self.low) * height
        return x, y


def frame_of(curves: Sequence[Curve]) -> Frame:
    """The least frame that shows all points; a little more where it would have no width or height."""
    points = [point for curve in curves for point in curve.points] or [(0.0, 0.0)]
    left, right = _apart(min(x for x, _ in points), max(x for x, _ in points))
    low, high = _apart(min(y for _, y in points), max(y for _, y in points))
    return Frame(left=left, right=right, low=low, high=high)


def _apart(low: float, high: float) -> tuple[float, float]:
    if high > low and math.isfinite(high - low) and (high - low) > 1e-12 * max(abs(low), abs(high)):
        return low, high
    room = abs(low) / 2 or 0.5
    return (low - room, low + room) if high - low < room else (low / 2, high / 2)


def ticks(low: float, high: float, most: int) -> list[float]:
    """Round numbers from `low` to `high`, `most` at most but always two or more where there is room."""
    step = 10.0 ** math.floor(math.log10((high - low) / max(most, 1)))
    for factor in (1, 2, 5, 10, 20, 50):
        first, last = math.ceil(low / (step * factor) - 1e-9), math.floor(high / (step * factor) + 1e-9)
        if last - first < most:
            # Rounded, since 3 * 0.1 is not 0.3.
            return [float(f"{step * factor * i:.12g}") for i in range(first, last + 1)]
    return [low, high]


def labels(values: Sequence[float]) -> list[str]:
    """Numbers at an axis, in as few characters as tell them apart."""
    for digits in (4, 6, 8, 12):
        found = [f"{value:.{digits}g}" if value else "0" for value in values]
        if len(set(found)) == len(set(values)):
            return found
    return [repr(value) for value in values]


def marked(low: float, high: float, most: int) -> list[tuple[float, str]]:
    """Round numbers of an axis, each with its text."""
    found = ticks(low, high, most)
    return list(zip(found, labels(found), strict=True))


def sparkline(values: Sequence[float], width: int) -> str:
    """Values as a row of small bars, at most `width` of them; empty where none is finite."""
    finite = [value for value in values if math.isfinite(value)]
    if not finite:
        return ""
    count = min(width, len(finite))
    cuts = [len(finite) * i // count for i in range(count + 1)]
    means = [sum(finite[a:b]) / (b - a) for a, b in pairwise(cuts)]
    low, high = min(means), max(means)
    reach = high - low
    return "".join(_BARS[min(int((value - low) / reach * 8), 7) if reach > 0 else 3] for value in means)


def drawn(curves: Sequence[Curve], *, width: int, height: int, colour: bool = True) -> Text:
    """Draw curves for a terminal: axes, a legend, and a colour for each.

    Args:
        curves: What to draw.
        width: Columns of the terminal.
        height: Lines of the plot itself.
        colour: Colours are seen. Otherwise signs that stand here and there on several curves tell them apart.
    """
    from rich.text import Text

    frame = frame_of(curves)
    marks = {
        min(int(frame.place((0, y), 1, height)[1]), height - 1): text
        for y, text in marked(frame.low, frame.high, 5)
    }
    left = max(map(len, marks.values()), default=0)
    columns = max(width - left - 2, 10)
    cells = _cells(curves, frame, columns, height)
    signs = {} if colour or len(curves) < 2 else _signs(curves, frame, columns, height)
    picture = Text(no_wrap=True)
    for row in range(height):
        mark = marks.get(row, "")
        picture.append(f"{mark:>{left}} {'┤' if mark else '│'}", style="dim")
        for column, (dots, which) in enumerate(cells[row]):
            char = signs.get((row, column)) or (chr(_BRAILLE + dots) if dots else " ")
            picture.append(char, style=_TERMINAL[which % len(_TERMINAL)])
        picture.append("\n")
    picture.append(" " * left + " └" + "─" * columns + "\n", style="dim")
    picture.append(" " * (left + 2) + _axis(frame, columns), style="dim")
    for place, curve in enumerate(curves):
        picture.append("\n" + " " * (left + 2))
        sign = f"━{_MARKS[place % len(_MARKS)]}━ " if signs else "━━ "
        picture.append(sign, style=_TERMINAL[place % len(_TERMINAL)])
        picture.append(visible(curve.name).replace("\n", " "))
    return picture


def _axis(frame: Frame, columns: int) -> str:
    line = [" "] * columns
    end = -1
    for x, text in marked(frame.left, frame.right, max(columns // 12, 2)):
        start = round(frame.place((x, 0), columns - 1, 1)[0]) - len(text) // 2
        start = min(max(start, 0), columns - len(text))
        if start > end:
            line[start : start + len(text)] = text
            end = start + len(text)
    return "".join(line).rstrip()


def _cells(curves: Sequence[Curve], frame: Frame, columns: int, rows: int) -> list[list[tuple[int, int]]]:
    """Dots of each cell, and the curve that was drawn in it last."""
    cells = [[(0, 0)] * columns for _ in range(rows)]
    width, height = columns * 2 - 1, rows * 4 - 1
    for which, curve in enumerate(curves):
        before: tuple[int, int] | None = None
        for point in curve.points:
            x, y = (round(each) for each in frame.place(point, width, height))
            for dot_x, dot_y in _line(before or (x, y), (x, y)):
                row, column = dot_y // 4, dot_x // 2
                dots = cells[row][column][0] | _DOTS[dot_y % 4][dot_x % 2]
                cells[row][column] = (dots, which)
            before = (x, y)
    return cells


def _signs(curves: Sequence[Curve], frame: Frame, columns: int, rows: int) -> dict[tuple[int, int], str]:
    """The sign of each curve in some of its cells, at other columns than those of the curves before it."""
    signs: dict[tuple[int, int], str] = {}
    shift = max(_MARKS_APART // len(curves), 1)
    for which, curve in enumerate(curves):
        # a curve alone in its cells says more than one that others run over
        own = _cells([curve], frame, columns, rows)
        used = {
            column: row for row, cells in enumerate(own) for column, (dots, _) in enumerate(cells) if dots
        }
        wanted = [column for column in used if (column - which * shift) % _MARKS_APART == 0]
        for column in wanted or [*used][:1]:
            signs.setdefault((used[column], column), _MARKS[which % len(_MARKS)])
    return signs


def _line(start: tuple[int, int], end: tuple[int, int]) -> list[tuple[int, int]]:
    """The dots from one to another."""
    steps = max(abs(end[0] - start[0]), abs(end[1] - start[1]))
    if not steps:
        return [end]
    return [
        (
            round(start[0] + (end[0] - start[0]) * i / steps),
            round(start[1] + (end[1] - start[1]) * i / steps),
        )
        for i in range(steps + 1)
    ]
