"""Lines between two layers of boxes, and the field of characters that boxes and lines are drawn on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.text import Text

UP, RIGHT, DOWN, LEFT = 1, 2, 4, 8
# by the sum of the directions in which a line goes on
SIGNS = " ╵╶╰╷│╭├╴╯─┴╮┤┬┼"


@dataclass(frozen=True, slots=True)
class Net:
    """The line from one place to all those below that it leads to.

    Attributes:
        source: Column it comes from.
        ends: Columns it goes to; no other net uses one of all these columns.
    """

    source: int
    ends: tuple[int, ...]

    @property
    def is_straight(self) -> bool:
        """Whether it needs no turn."""
        return set(self.ends) == {self.source}

    @property
    def span(self) -> tuple[int, int]:
        """Its first and its last column."""
        return min(self.source, *self.ends), max(self.source, *self.ends)


@dataclass(frozen=True, slots=True)
class Gap:
    """What lies between two layers.

    Attributes:
        nets: The lines, each with the row in which it turns.
        rows: How many rows there are.
        entries: Columns in which lines reach the places below, by the identity of the place.
    """

    nets: tuple[tuple[Net, int], ...]
    rows: int
    entries: Mapping[int, tuple[int, ...]]


def lay_gap(nets: Sequence[Net], entries: Mapping[int, tuple[int, ...]]) -> Gap:
    """Give each line a row to turn in that no other uses in the same columns."""
    laid: list[tuple[Net, int]] = []
    ends: list[int] = []
    for net in sorted(nets, key=lambda net: net.span):
        if net.is_straight:
            laid.append((net, 0))
            continue
        first, last = net.span
        row = next((row for row, end in enumerate(ends) if end < first), len(ends))
        if row == len(ends):
            ends.append(last)
        ends[row] = last
        laid.append((net, row))
    return Gap(tuple(laid), max(len(ends), 1), entries)


class Drawing:
    """A field of characters that grows downwards.

    Args:
        width: Columns.
    """

    def __init__(self, width: int) -> None:
        self._width = width
        self._top = 0
        self._cells: list[dict[int, tuple[str, str]]] = []

    def put(self, x: int, line: int, text: str, style: str) -> None:
        """Write a text from a column on, so many lines below the present one."""
        from rich.cells import cell_len

        row = self._row(line)
        for char in text:
            row[x] = (char, style)
            wide = cell_len(char)
            for more in range(1, wide):
                row[x + more] = ("", style)
            x += max(wide, 1)

    def down(self, lines: int) -> None:
        """Go on so many lines below."""
        self._row(lines - 1)
        self._top += lines

    def lines(self, gap: Gap) -> None:
        """Draw the lines of a gap, and go on below it; where two cross, the upright one is in front."""
        for net, turn in gap.nets:
            for (x, line), directions in _directions(net, turn, gap.rows).items():
                upright = directions == UP | DOWN
                if upright or x not in self._row(line):
                    self.put(x, line, SIGNS[directions], "dim")
        self.down(gap.rows)

    def text(self) -> Text:
        """All of it, without blanks at the ends of lines."""
        from rich.text import Text

        drawn = Text("\n", no_wrap=True).join(_line(row) for row in self._cells)
        drawn.no_wrap = True
        return drawn

    def _row(self, line: int) -> dict[int, tuple[str, str]]:
        while len(self._cells) <= self._top + line:
            self._cells.append({})
        return self._cells[self._top + line]


def _line(row: Mapping[int, tuple[str, str]]) -> Text:
    from rich.text import Text

    line = Text()
    x = 0
    for style, run in groupby(sorted(row.items()), key=lambda cell: cell[1][1]):
        text = ""
        for at, (char, _) in run:
            text += " " * (at - x) + char
            x = at + 1
        line.append(text, style)
    return line


def _directions(net: Net, turn: int, rows: int) -> dict[tuple[int, int], int]:
    """Where a line goes on from each of its cells."""
    cells: dict[tuple[int, int], int] = {}

    def add(x: int, line: int, directions: int) -> None:
        cells[x, line] = cells.get((x, line), 0) | directions

    if net.is_straight:
        return {(net.source, line): UP | DOWN for line in range(rows)}
    first, last = net.span
    for line in range(turn):
        add(net.source, line, UP | DOWN)
    add(net.source, turn, UP)
    for x in range(first, last + 1):
        add(x, turn, (LEFT if x > first else 0) | (RIGHT if x < last else 0))
    for end in net.ends:
        add(end, turn, DOWN)
        for line in range(turn + 1, rows):
            add(end, line, UP | DOWN)
    return cells
