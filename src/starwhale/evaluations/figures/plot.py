"""Where things go in a picture of series over two axes."""

from __future__ import annotations

from starwhale.evaluations.figures.axes import Axis, axes
from starwhale.evaluations.figures.data import Plot, Series
from starwhale.evaluations.figures.scene import (
    COLOURS,
    DIM,
    FAINT,
    Dot,
    Label,
    Path,
    Point,
    Scene,
    Shape,
    fitted,
    text_width,
)

WIDTH, HEIGHT = 640, 420
_TOP, _RIGHT, _BOTTOM = 40.0, 20.0, 52.0
_LEGEND_ROW = 18.0
_LEGEND_ROOM = 130.0
# more lines than that are one tangle; they are drawn, and the first ones named
MOST_NAMED = 8


class _Field:
    """The part of the picture between the axes."""

    def __init__(self, plot: Plot) -> None:
        self.x, self.y = axes(plot)
        widest = max((text_width(self.y.text(tick), 11) for tick in self.y.ticks), default=0.0)
        self.left = 40.0 + widest
        self.right, self.top, self.bottom = WIDTH - _RIGHT - _legend_width(plot), _TOP, HEIGHT - _BOTTOM

    def point(self, x: float, y: float) -> Point:
        return self._along(self.x, x, self.left, self.right), self._along(self.y, y, self.bottom, self.top)

    @staticmethod
    def _along(axis: Axis, number: float, begin: float, end: float) -> float:
        # what lies outside, or at infinity, is drawn at the edge
        return begin + min(max(axis.share(number), -0.02), 1.02) * (end - begin)


def lay_plot(plot: Plot) -> Scene:
    """Lay out series over their axes."""
    field = _Field(plot)
    shapes: list[Shape] = [Label(x=16, y=22, text=fitted(plot.title, WIDTH - 32, 14), size=14)]
    shapes += _grid(plot, field)
    if plot.diagonal:
        low, high = max(field.x.low, field.y.low), min(field.x.high, field.y.high)
        ends = (field.point(low, low), field.point(high, high))
        shapes.append(Path(points=ends, stroke=DIM, dashed=True))
    for i, series in enumerate(plot.series):
        shapes += _series(series, field, COLOURS[i % len(COLOURS)])
    shapes += _legend(plot, field)
    return Scene(width=WIDTH, height=HEIGHT, title=plot.title, shapes=tuple(shapes))


def _grid(plot: Plot, field: _Field) -> list[Shape]:
    shapes: list[Shape] = []
    for tick in field.x.ticks:
        x, _ = field.point(tick, field.y.low)
        text = field.x.text(tick)
        shapes += [
            Path(points=((x, field.top), (x, field.bottom)), stroke=FAINT),
            Label(x=x, y=field.bottom + 16, text=text, size=11, fill=DIM, anchor="middle"),
        ]
    for tick in field.y.ticks:
        _, y = field.point(field.x.low, tick)
        text = field.y.text(tick)
        shapes += [
            Path(points=((field.left, y), (field.right, y)), stroke=FAINT),
            Label(x=field.left - 6, y=y + 4, text=text, size=11, fill=DIM, anchor="end"),
        ]
    middle_x, middle_y = (field.left + field.right) / 2, (field.top + field.bottom) / 2
    shapes.append(Label(x=middle_x, y=field.bottom + 38, text=plot.x_label, anchor="middle"))
    shapes.append(Label(x=20, y=middle_y, text=plot.y_label, anchor="middle", upright=True))
    return shapes


def _series(series: Series, field: _Field, colour: str) -> list[Shape]:
    if series.style == "dots":
        places = (field.point(x, y) for x, y in zip(series.x, series.y, strict=True))
        return [Dot(x=x, y=y, radius=2.0, fill=colour) for x, y in places]
    if series.style == "steps":
        return [Path(points=tuple(field.point(x, y) for x, y in outline(series)), stroke=colour, width=1.5)]
    points = tuple(field.point(x, y) for x, y in zip(series.x, series.y, strict=True))
    return [Path(points=points, stroke=colour, width=1.8)] if points else []


def outline(series: Series) -> list[Point]:
    """The line around the bins of a histogram, from the ground and back to it."""
    line: list[Point] = [(series.x[0], 0.0)] if series.x else []
    for i, height in enumerate(series.y):
        line += [(series.x[i], height), (series.x[i + 1], height)]
    return [*line, (series.x[-1], 0.0)] if series.x else []


def _named(plot: Plot) -> list[tuple[int, str]]:
    """Number and name of the series in the legend; -1 for the line that counts the others."""
    named = [(i, series.name) for i, series in enumerate(plot.series) if series.name]
    more = len(named) - MOST_NAMED
    return [*named[:MOST_NAMED], *([(-1, f"and {more} more")] if more > 0 else [])]


def _legend_width(plot: Plot) -> float:
    rows = _named(plot)
    return 40 + min(max(text_width(name, 11) for _, name in rows), _LEGEND_ROOM) if rows else 0.0


def _legend(plot: Plot, field: _Field) -> list[Shape]:
    shapes: list[Shape] = []
    x = field.right + 14
    for place, (i, name) in enumerate(_named(plot)):
        at = field.top + 8 + place * _LEGEND_ROW
        if i >= 0:
            shapes.append(Path(points=((x, at), (x + 14, at)), stroke=COLOURS[i % len(COLOURS)], width=3))
        shapes.append(Label(x=x + 20, y=at + 4, text=fitted(name, _LEGEND_ROOM, 11), size=11))
    return shapes
