"""Small figures in a terminal: a confusion matrix, bars, a grey picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starwhale.cli.plain import visible
from starwhale.cli.units import number
from starwhale.evaluations.figures.blocks import bar

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rich.console import RenderableType
    from rich.text import Text

LABEL_WIDTH = 12
MOST_CONFUSED = 10
# backgrounds of the 256-colour table, faint to strong: hits in green, misses in red
_HITS = (22, 28, 34, 40)
_MISSES = (52, 88, 124, 160)
_DARKEST, _LIGHTEST = 232, 255


def confusion_matrix(
    labels: Sequence[str], counts: Sequence[Sequence[float]], *, width: int
) -> RenderableType:
    """Draw a confusion matrix: a row per true label, a column per predicted one.

    A matrix that is wider than the terminal becomes the list of its most confused pairs.

    Args:
        labels: Names of the classes.
        counts: Square, `counts[true][predicted]`; shares of a whole are shown in percent.
        width: Columns of the terminal.
    """
    from rich.cells import cell_len

    labels = [_one_line(label) for label in labels]
    cells = _cells(counts)
    names = [_short(label) for label in labels]
    columns = [max(cell_len(name), *(len(row[i]) for row in cells)) + 1 for i, name in enumerate(names)]
    left = max(map(cell_len, names), default=0)
    if left + sum(columns) > width:
        return _confused_pairs(labels, counts)
    return _drawn(names, counts, cells, left=left, columns=columns)


def _one_line(text: str) -> str:
    return visible(text).replace("\n", " ")


def _cells(counts: Sequence[Sequence[float]]) -> list[list[str]]:
    whole = all(float(value).is_integer() for row in counts for value in row)
    total = sum(sum(row) for row in counts)
    if whole and total > 1:
        return [[f"{int(value)}" if value else "·" for value in row] for row in counts]
    return [[f"{100 * value:.1f}" if value else "·" for value in row] for row in counts]


def _short(label: str) -> str:
    from rich.cells import cell_len, set_cell_size

    return label if cell_len(label) <= LABEL_WIDTH else set_cell_size(label, LABEL_WIDTH - 1) + "…"


def _drawn(
    names: Sequence[str],
    counts: Sequence[Sequence[float]],
    cells: Sequence[Sequence[str]],
    *,
    left: int,
    columns: Sequence[int],
) -> Text:
    from rich.cells import cell_len
    from rich.text import Text

    def padded(text: str, room: int) -> str:
        return " " * (room - cell_len(text)) + text

    picture = Text(no_wrap=True)
    picture.append(" " * (left + 1) + "predicted\n", style="dim")
    picture.append(" " * left + "".join(map(padded, names, columns)), style="bold")
    for i, row in enumerate(cells):
        strongest = max(counts[i], default=0) or 1
        picture.append("\n" + padded(names[i], left), style="bold")
        for j, text in enumerate(row):
            shades = _HITS if i == j else _MISSES
            step = min(int(counts[i][j] / strongest * len(shades)), len(shades) - 1)
            style = f"color(231) on color({shades[step]})" if counts[i][j] else "dim"
            picture.append(" ")
            picture.append(padded(text, columns[j] - 1), style=style)
    return picture


def _confused_pairs(labels: Sequence[str], counts: Sequence[Sequence[float]]) -> RenderableType:
    from rich.table import Table

    pairs = [
        (value, labels[i], labels[j])
        for i, row in enumerate(counts)
        for j, value in enumerate(row)
        if i != j and value
    ]
    pairs.sort(key=lambda pair: -pair[0])
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("TRUE", overflow="fold")
    table.add_column("PREDICTED", overflow="fold")
    table.add_column("TIMES", justify="right")
    for value, true, predicted in pairs[:MOST_CONFUSED]:
        table.add_row(true, predicted, number(value))
    return table


def bars(values: Mapping[str, float], *, width: int, top: float = 1.0) -> Text:
    """Draw a horizontal bar per value.

    Args:
        values: Not negative; `top` fills the whole bar.
        width: Columns of the terminal.
        top: Value of a full bar.
    """
    from rich.text import Text

    names = [_one_line(name) for name in values]
    texts = [number(value) for value in values.values()]
    left = max(map(len, names), default=0)
    right = max(map(len, texts), default=0)
    room = max(width - left - right - 2, 8)
    lines = Text(no_wrap=True)
    for i, (name, value, text) in enumerate(zip(names, values.values(), texts, strict=True)):
        lines.append(f"{name:<{left}} ", style="bold")
        lines.append(bar(value / top if top else 0.0, room), style="green")
        lines.append(f" {text:>{right}}")
        if i < len(names) - 1:
            lines.append("\n")
    return lines


def picture(pixels: Sequence[Sequence[float]], *, top: float = 255.0) -> Text:
    """Draw a small grey picture, two rows of pixels on each line.

    Args:
        pixels: Rows of pixels, each from 0 (black) to `top` (white).
        top: Value of a white pixel.
    """
    from rich.text import Text

    drawn = Text(no_wrap=True)
    for y in range(0, len(pixels), 2):
        if y:
            drawn.append("\n")
        upper = pixels[y]
        lower = pixels[y + 1] if y + 1 < len(pixels) else [0.0] * len(upper)
        for up, down in zip(upper, lower, strict=True):
            drawn.append("▀", style=f"{_grey(up / top)} on {_grey(down / top)}")
    return drawn


def _grey(share: float) -> str:
    """The nearest of the 24 greys of the 256-colour table."""
    return f"color({_DARKEST + round(min(max(share, 0.0), 1.0) * (_LIGHTEST - _DARKEST))})"
