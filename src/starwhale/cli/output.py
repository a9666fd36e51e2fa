"""Results on stdout, talk on stderr: tables, records and JSON."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from starwhale.cli import units
from starwhale.cli.plain import escaped_json, plain, visible, visible_line
from starwhale.kit.times import utc_now

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from rich.console import Console, RenderableType

GAP = 2
CUT_LEAST = 16
_UNBOUND = 100_000


def _as_text(value: Any) -> str:
    return "" if value is None else str(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of a table.

    Attributes:
        key: Field of the rows.
        title: Heading; the key in capitals by default.
        show: Turns the field into text.
        right: Align to the right.
        rank: What goes first when the terminal is narrow: the highest rank; 0 never goes.
        cut: Shorten long text with an ellipsis instead of breaking it over lines.
    """

    key: str
    title: str = ""
    show: Callable[[Any], str] = _as_text
    right: bool = False
    rank: int = 0
    cut: bool = False

    @property
    def heading(self) -> str:
        """Text above the column."""
        return visible_line(self.title or self.key.upper())


class Output:
    """Everything a command prints.

    Args:
        json: Print JSON and nothing else on stdout.
        environ: Environment variables of the process (`COLUMNS`).

    Attributes:
        now: The moment that relative times are counted from.
    """

    def __init__(self, *, json: bool, environ: Mapping[str, str]) -> None:
        self.json = json
        self.now = utc_now()
        self._environ = environ

    def console(self, *, stderr: bool = False) -> Console:
        """A rich console on stdout or stderr; what goes into a pipe is neither cut nor wrapped."""
        from rich.console import Console

        stream = sys.stderr if stderr else sys.stdout
        width = self._environ.get("COLUMNS", "")
        known = int(width) if width.isdigit() and int(width) else None
        if known is None and not stream.isatty():
            known = _UNBOUND
        return Console(file=stream, width=known, highlight=False, markup=False, emoji=False)

    def document(self, value: Any) -> None:
        """Print `value` as JSON."""
        import json

        text = json.dumps(plain(value), indent=2, ensure_ascii=False, allow_nan=False)
        self._write(escaped_json(text))

    def _write(self, text: str) -> None:
        # a lone surrogate (from a file name that is not UTF-8) has no form that a stream could take
        sys.stdout.write(text.encode("utf-8", "backslashreplace").decode("utf-8") + "\n")

    def when(self, moment: datetime) -> str:
        """A moment as a record shows it."""
        return units.both(moment, self.now)

    def moments(self, key: str, *, title: str, rank: int = 0) -> Column:
        """A column of moments, told as how long ago they were."""
        return Column(
            key=key,
            title=title,
            rank=rank,
            show=lambda moment: units.relative(moment, self.now) if moment else "",
        )

    def line(self, text: str, value: Any) -> None:
        """Print the one line that is the result, or `value` as JSON."""
        if self.json:
            self.document(value)
        else:
            self._write(visible(text))

    def say(self, text: str) -> None:
        """Tell the user something that is no part of the result."""
        sys.stderr.write(visible(text) + "\n")
        sys.stderr.flush()

    def table(
        self,
        rows: Sequence[Mapping[str, Any]],
        columns: Sequence[Column],
        *,
        empty: str = "",
        total: int | None = None,
    ) -> None:
        """Print rows as a table; a narrow terminal gets fewer columns, JSON every field of the rows.

        Args:
            rows: What to print.
            columns: What of it, in this order.
            empty: Said on stderr when there is no row.
            total: How many there are altogether, when the rows are one page of them.
        """
        if self.json:
            self.document(list(rows))
            return
        if not rows:
            if total:
                self.say(f"(none of {total} on this page; see --page and --size)")
            elif empty:
                self.say(empty)
            return
        console = self.console()
        cells = _cells(rows, columns)
        shown = _fitting(columns, cells, console.width)
        self.draw(_grid(columns, cells, shown))
        if total is not None and total > len(rows):
            self.say(f"({len(rows)} of {total}; see --page and --size)")

    def fits(self, rows: Sequence[Mapping[str, Any]], columns: Sequence[Column], width: int) -> bool:
        """Whether a table shows every column in full at that width."""
        return sum(_widths(columns, _cells(rows, columns))) + GAP * (len(columns) - 1) <= width

    def record(self, fields: Sequence[tuple[str, str]], value: Any) -> None:
        """Print one thing as aligned `name: text` lines, or `value` as JSON; empty texts are left out."""
        if self.json:
            self.document(value)
            return
        from rich.table import Table

        grid = Table.grid(padding=(0, GAP, 0, 0))
        grid.add_column(no_wrap=True, style="bold")
        grid.add_column(overflow="fold")
        for name, text in fields:
            if text:
                grid.add_row(f"{visible_line(name)}:", visible(text))
        self.draw(grid)

    def blank(self) -> None:
        """An empty line between two parts of a result."""
        if not self.json:
            self._write("")

    def draw(self, picture: RenderableType) -> None:
        """Print something rich can render; callers ask `json` first."""
        console = self.console()
        with console.capture() as captured:
            console.print(picture)
        # rich fills every line with spaces to the width of the table
        lines = [line.rstrip() for line in captured.get().splitlines()]
        self._write("\n".join(lines))


def _cells(rows: Sequence[Mapping[str, Any]], columns: Sequence[Column]) -> list[list[str]]:
    return [[visible(column.show(row.get(column.key))) for column in columns] for row in rows]


def _widths(columns: Sequence[Column], cells: Sequence[Sequence[str]]) -> list[int]:
    from rich.cells import cell_len

    return [
        max(cell_len(column.heading), *(max(map(cell_len, row[i].split("\n"))) for row in cells))
        for i, column in enumerate(columns)
    ]


def _fitting(columns: Sequence[Column], cells: Sequence[Sequence[str]], width: int) -> dict[int, int]:
    """Width of each column that stays; the highest rank goes until the rest fits or has rank 0."""
    natural = _widths(columns, cells)
    least = [min(natural[i], CUT_LEAST) if column.cut else natural[i] for i, column in enumerate(columns)]
    stay = list(range(len(columns)))
    room = width + GAP
    while sum(least[i] + GAP for i in stay) > room:
        last = max(stay, key=lambda i: (columns[i].rank, i))
        if columns[last].rank == 0:
            break
        stay.remove(last)
    widths = {i: least[i] for i in stay}
    spare = room - sum(widths[i] + GAP for i in stay)
    for i in stay:
        more = min(max(spare, 0), natural[i] - least[i])
        widths[i] += more
        spare -= more
    while spare < 0 and max(widths.values()) > 1:
        # what nobody may lose is broken over lines, the widest first
        widest = max(widths, key=lambda i: widths[i])
        widths[widest] -= 1
        spare += 1
    return widths


def _grid(
    columns: Sequence[Column], cells: Sequence[Sequence[str]], widths: Mapping[int, int]
) -> RenderableType:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, padding=(0, GAP, 0, 0), header_style="bold")
    for i, width in widths.items():
        column = columns[i]
        table.add_column(
            column.heading,
            justify="right" if column.right else "left",
            width=width,
            no_wrap=column.cut,
            overflow="ellipsis" if column.cut else "fold",
        )
    for row in cells:
        table.add_row(*(row[i] for i in widths))
    return table
