"""Where things go in a picture of each kind of figure."""

from __future__ import annotations

from starwhale.evaluations.figures.axes import number
from starwhale.evaluations.figures.data import Bars, Figure, Matrix, Plot
from starwhale.evaluations.figures.plot import lay_plot
from starwhale.evaluations.figures.scene import (
    COLOURS,
    DIM,
    INK,
    PAPER,
    Box,
    Label,
    Scene,
    Shape,
    fitted,
    text_width,
)

WIDTH = 640
_TITLE = 34.0
_LABEL_ROOM = 140.0
_ROW = 22
_LEAST_WIDTH = 320.0
# a longer list of bars, or a wider matrix, is cut: nobody reads it
MOST_BARS = 60
MOST_LABELS = 60
_HIT, _MISS = (0, 114, 178), (213, 94, 0)


def lay(figure: Figure) -> Scene:
    """Lay out a figure as a picture."""
    match figure:
        case Plot():
            return lay_plot(figure)
        case Matrix():
            return _lay_matrix(figure)
        case Bars():
            return _lay_bars(figure)


def title(text: str, width: float = WIDTH) -> Label:
    """The title above a figure."""
    return Label(x=16, y=22, text=fitted(text, width - 32, 14), size=14)


def _lay_bars(figure: Bars) -> Scene:
    values = figure.values[:MOST_BARS]
    left = min(max((text_width(name) for name, _ in values), default=0.0), _LABEL_ROOM) + 24
    right = max((text_width(number(value)) for _, value in values), default=0.0) + 24
    top = figure.top or max((value for _, value in values), default=0.0) or 1.0
    room = WIDTH - left - right
    shapes: list[Shape] = [title(figure.title)]
    for i, (name, value) in enumerate(values):
        y = _TITLE + i * _ROW
        length = min(max(value / top, 0.0), 1.0) * room
        shapes += [
            Label(x=left - 8, y=y + 15, text=fitted(name, _LABEL_ROOM), anchor="end"),
            Box(x=left, y=y + 3, width=length, height=_ROW - 6, fill=COLOURS[0]),
            Label(x=left + length + 8, y=y + 15, text=number(value), fill=DIM),
        ]
    more = len(figure.values) - len(values)
    height = _TITLE + len(values) * _ROW + 12
    if more:
        shapes.append(Label(x=left, y=height + 4, text=f"and {more} more", fill=DIM))
        height += 16
    return Scene(width=WIDTH, height=int(height), title=figure.title, shapes=tuple(shapes))


def _lay_matrix(figure: Matrix) -> Scene:
    labels = figure.labels[:MOST_LABELS]
    counts = [row[:MOST_LABELS] for row in figure.counts[:MOST_LABELS]]
    widest = min(max(map(text_width, labels), default=0.0), _LABEL_ROOM)
    left = widest + 40
    cell = max(14.0, min(64.0, (WIDTH - left - 16) / max(len(labels), 1)))
    # labels that are wider than their column stand upright
    upright = widest > cell - 4
    below = widest + 24 if upright else 34.0
    side = len(labels) * cell
    bottom = _TITLE + side
    shapes: list[Shape] = [title(figure.title), *_cells(counts, left, cell)]
    for i, label in enumerate(labels):
        name, middle = fitted(label, _LABEL_ROOM), (i + 0.5) * cell + 4
        shapes.append(Label(x=left - 8, y=_TITLE + middle, text=name, anchor="end"))
        x, y = (left + middle, bottom + 6) if upright else (left + middle - 4, bottom + 15)
        shapes.append(Label(x=x, y=y, text=name, anchor="end" if upright else "middle", upright=upright))
    shapes += [
        Label(x=20, y=_TITLE + side / 2, text="true", fill=DIM, anchor="middle", upright=True),
        Label(x=left + side / 2, y=bottom + below + 2, text="predicted", fill=DIM, anchor="middle"),
    ]
    width, height = max(left + side + 16, _LEAST_WIDTH), bottom + below + 16
    return Scene(width=int(width), height=int(height), title=figure.title, shapes=tuple(shapes))


def _cells(counts: list[tuple[float, ...]], left: float, cell: float) -> list[Shape]:
    whole = all(float(value).is_integer() for row in counts for value in row)
    texts = [[number(value) if whole else f"{100 * value:.1f}" for value in row] for row in counts]
    written = max((text_width(text, 11) for row in texts for text in row), default=0.0) < cell
    shapes: list[Shape] = []
    for i, row in enumerate(counts):
        strongest = max(row, default=0.0) or 1.0
        for j, value in enumerate(row):
            x, y, share = left + j * cell, _TITLE + i * cell, value / strongest
            shapes.append(Box(x=x, y=y, width=cell - 1, height=cell - 1, fill=_shade(share, hit=i == j)))
            if written and value:
                ink = PAPER if share > 0.55 else INK
                x, y = x + cell / 2, y + cell / 2 + 4
                shapes.append(Label(x=x, y=y, text=texts[i][j], size=11, fill=ink, anchor="middle"))
    return shapes


def _shade(share: float, *, hit: bool) -> str:
    strength = 0.06 + 0.94 * min(max(share, 0.0), 1.0) if share else 0.03
    parts = (round(255 + (part - 255) * strength) for part in (_HIT if hit else _MISS))
    return "#" + "".join(f"{part:02x}" for part in parts)
