"""Jobs as columns of a table, and names as its lines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from starwhale.cli.plain import visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.table import Table

    from starwhale.cli.output import Output

GAP = 2
NAME_WIDTH, CELL_WIDTH = 28, 40


@dataclass(frozen=True, slots=True)
class Cell:
    """A text and how it is shown."""

    text: str
    style: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A name and a cell for each job."""

    name: str
    cells: tuple[Cell, ...]


def draw(out: Output, title: str, heads: Sequence[str], lines: Sequence[Line], *, base: int) -> None:
    """Print a table; where not all jobs fit beside the base, several below each other.

    Args:
        out: Where to.
        title: Above the names.
        heads: Above the jobs.
        lines: At least one.
        base: The job that stands in every table.
    """
    width = out.console().width
    natural = [_width(head, lines, place) for place, head in enumerate(heads)]
    names = _names(title, lines)
    fits = names + sum(natural) <= width
    if not fits:
        names = min(names, NAME_WIDTH)
        natural = [min(each, CELL_WIDTH) for each in natural]
    for number, places in enumerate(_tables(natural, base, width - names)):
        if number:
            out.blank()
        out.draw(_drawn(title, heads, lines, places, fits=fits))


def _names(title: str, lines: Sequence[Line]) -> int:
    from rich.cells import cell_len

    return max(map(cell_len, [title, *(visible(line.name) for line in lines)]))


def _width(head: str, lines: Sequence[Line], place: int) -> int:
    """Columns that a job takes, with the gap before it."""
    from rich.cells import cell_len

    texts = [visible(text) for line in lines for text in line.cells[place].text.split("\n")]
    return GAP + max(map(cell_len, [head, *texts]))


def _tables(widths: Sequence[int], base: int, width: int) -> list[list[int]]:
    """Places of the jobs of each table: the base, and as many others as there is room for."""
    tables: list[list[int]] = []
    room = 0
    for place, needed in enumerate(widths):
        if place == base:
            continue
        if not tables or needed > room:
            tables.append([base])
            room = width - widths[base]
        tables[-1].append(place)
        room -= needed
    return [sorted(places) for places in tables]


def _drawn(
    title: str, heads: Sequence[str], lines: Sequence[Line], places: Sequence[int], *, fits: bool
) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, padding=(0, GAP, 0, 0), header_style="bold")
    table.add_column(title, overflow="fold", max_width=None if fits else NAME_WIDTH)
    for place in places:
        table.add_column(heads[place], overflow="fold", max_width=None if fits else CELL_WIDTH)
    for line in lines:
        cells = (line.cells[place] for place in places)
        table.add_row(Text(visible(line.name)), *(Text(visible(each.text), each.style) for each in cells))
    return table
