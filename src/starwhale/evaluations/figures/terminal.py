"""Figures as lines of text."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

from starwhale.evaluations.figures.axes import axes, number
from starwhale.evaluations.figures.blocks import Canvas, bar, painted_begin, sign
from starwhale.evaluations.figures.data import Bars, Figure, Matrix, Plot, Series
from starwhale.evaluations.figures.plot import outline

Place = Callable[[float, float], tuple[float, float]]
_LABEL_WIDTH = 16
MOST_NAMED = 8


def text(figure: Figure, *, width: int = 80, height: int = 20, colour: bool = False) -> str:
    """Draw a figure with characters.

    Args:
        figure: What to draw.
        width: Columns that are there, at least 24.
        height: Lines of a plot in all, where three are left for the curves; bars and matrices take one line
            a label.
        colour: Tell series apart by ANSI colours; otherwise several of them bear signs here and there.

    Returns:
        Lines without one at the end; none is wider than `width`, a matrix that would be is told in pairs.
    """
    width = max(width, 24)
    match figure:
        case Plot():
            lines = _plot(figure, width, height, colour)
        case Matrix():
            lines = _matrix(figure, width)
        case Bars():
            lines = _bars(figure, width)
    return "\n".join([_cut(figure.title, width), *(line.rstrip() for line in lines)])


def _plot(plot: Plot, width: int, height: int, colour: bool) -> list[str]:
    legend = _legend(plot, width, colour)
    rows = max(3, height - 4 - len(legend))
    x_axis, y_axis = axes(plot, most_x=max(2, width // 14), most_y=max(2, rows // 3))
    texts = {round((1 - y_axis.share(tick)) * (rows - 1)): y_axis.text(tick) for tick in y_axis.ticks}
    left = max(map(len, texts.values()), default=0)
    canvas = Canvas(width - left - 2, rows)

    def place(x: float, y: float) -> tuple[float, float]:
        return min(max(x_axis.share(x), 0.0), 1.0), min(max(y_axis.share(y), 0.0), 1.0)

    if plot.diagonal:
        low, high = max(x_axis.low, y_axis.low), min(x_axis.high, y_axis.high)
        canvas.line(place(low, low), place(high, high), len(plot.series), dashed=True)
    for ink, series in enumerate(plot.series):
        _trace(canvas, series, place, ink)
    drawn = canvas.lines(colour=colour, signed=min(len(plot.series), MOST_NAMED) if _is_signed(plot) else 0)
    lines = [f"{texts.get(i, ''):>{left}} {'┤' if i in texts else '│'}{line}" for i, line in enumerate(drawn)]
    ruler, below = _ruler(canvas.columns, [(x_axis.share(tick), x_axis.text(tick)) for tick in x_axis.ticks])
    names = f"x: {plot.x_label}, y: {plot.y_label}"
    return [*lines, f"{'':>{left}} └{ruler}", f"{'':>{left}}  {below}", _cut(names, width), *legend]


def _trace(canvas: Canvas, series: Series, place: Place, ink: int) -> None:
    raw = outline(series) if series.style == "steps" else zip(series.x, series.y, strict=True)
    points = [place(x, y) for x, y in raw]
    if series.style == "dots" or len(points) == 1:
        for x, y in points:
            canvas.dot(x, y, ink)
        return
    for begin, end in pairwise(points):
        canvas.line(begin, end, ink)


def _ruler(columns: int, ticks: list[tuple[float, str]]) -> tuple[str, str]:
    """The line of an axis and the numbers below it; those that would touch are left out."""
    line, below = ["─"] * columns, [" "] * columns
    free = 0
    for share, written in ticks:
        at = round(share * (columns - 1))
        begin = min(max(at - len(written) // 2, 0), columns - len(written))
        line[at] = "┬"
        if begin >= free:
            below[begin : begin + len(written)] = written
            free = begin + len(written) + 1
    return "".join(line), "".join(below)


def _legend(plot: Plot, width: int, colour: bool) -> list[str]:
    named = [(i, series.name) for i, series in enumerate(plot.series) if series.name]
    plain = [sign(i) if _is_signed(plot) else "■" for i, _ in named]
    lines = [
        (f"{painted_begin(i)}■\x1b[0m " if colour else f"{plain[place]} ") + _cut(name, width - 2)
        for place, (i, name) in enumerate(named[:MOST_NAMED])
    ]
    more = len(named) - MOST_NAMED
    return [*lines, f"  and {more} more"] if more > 0 else lines


def _is_signed(plot: Plot) -> bool:
    return len(plot.series) > 1 and any(series.name for series in plot.series)


def _bars(figure: Bars, width: int) -> list[str]:
    names = [_cut(name, min(_LABEL_WIDTH, width // 3)) for name, _ in figure.values]
    texts = [number(value) for _, value in figure.values]
    left, right = _widest(names), _widest(texts)
    top = figure.top or max((value for _, value in figure.values), default=0.0) or 1.0
    room = max(width - left - right - 2, 4)
    return [
        f"{_padded(name, left)} {bar(value / top, room)} {said:>{right}}"
        for name, (_, value), said in zip(names, figure.values, texts, strict=True)
    ]


def _matrix(figure: Matrix, width: int) -> list[str]:
    whole = all(float(value).is_integer() for row in figure.counts for value in row)
    cells = [
        [("·" if not value else number(value) if whole else f"{100 * value:.1f}") for value in row]
        for row in figure.counts
    ]
    names = [_cut(label, _LABEL_WIDTH) for label in figure.labels]
    columns = [max(_cells(name), _widest([row[i] for row in cells])) + 1 for i, name in enumerate(names)]
    left = _widest(names)
    if left + sum(columns) > width:
        return _pairs(figure, width)
    head = " " * left + "".join(
        _padded(name, room, right=True) for name, room in zip(names, columns, strict=True)
    )
    rows = [
        _padded(name, left) + "".join(f"{cell:>{room}}" for cell, room in zip(row, columns, strict=True))
        for name, row in zip(names, cells, strict=True)
    ]
    return [" " * (left + 1) + "predicted", head, *rows]


def _pairs(figure: Matrix, width: int) -> list[str]:
    """The most frequent confusions of a matrix that is too wide."""
    pairs = [
        (value, figure.labels[i], figure.labels[j])
        for i, row in enumerate(figure.counts)
        for j, value in enumerate(row)
        if i != j and value
    ]
    pairs.sort(key=lambda pair: -pair[0])
    room = (width - 14) // 2
    return [
        f"{_cut(true, room)} taken for {_cut(said, room)}: {number(value)}"
        for value, true, said in pairs[:10]
    ]


def _cells(line: str) -> int:
    from rich.cells import cell_len

    return cell_len(line)


def _widest(lines: list[str]) -> int:
    return max(map(_cells, lines), default=0)


def _cut(line: str, room: int) -> str:
    from rich.cells import set_cell_size

    # a line feed or a colour in a name would tear the picture
    plain = "".join(char if char.isprintable() else "\ufffd" for char in line)
    return plain if _cells(plain) <= room else set_cell_size(plain, room - 1) + "…"


def _padded(line: str, room: int, *, right: bool = False) -> str:
    blank = " " * (room - _cells(line))
    return blank + line if right else line + blank
