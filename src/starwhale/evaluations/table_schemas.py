"""What the services of tables take and hand out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starwhale.evaluations.comparison import Pair as Counts
from starwhale.storage.tables.query import Filter, Order

if TYPE_CHECKING:
    from starwhale.storage.layers.cells import Cell
    from starwhale.storage.layers.format import Key

Cells = Mapping[str, "Cell"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column.

    Attributes:
        name: Its name.
        type: Its type, such as ``float`` or ``list<int>``; ``mixed`` where its values disagree.
    """

    name: str
    type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TableRead:
    """One table.

    Attributes:
        path: Its path inside the project.
        rows: How many there are.
        revision: How many commits it consists of.
        columns: What its rows have.
    """

    path: str
    rows: int
    revision: int
    columns: tuple[Column, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question to one table, or to several that are laid over each other by key.

    Attributes:
        tables: Their paths; of values under one name those of the later count.
        columns: What is told of each row; None for all.
        where: Which rows.
        order: By what; the key breaks ties.
        size: Rows of a page.
        cursor: Where the page before ended; empty for the first.
        revision: At which revision of the table; None for now.
    """

    tables: tuple[str, ...]
    columns: tuple[str, ...] | None = None
    where: Filter | None = None
    order: tuple[Order, ...] = ()
    size: int = 50
    cursor: str = ""
    revision: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RowsPage:
    """Some rows.

    Attributes:
        rows: Their keys and cells.
        next: Cursor to the next page; None on the last.
        revisions: At which revision each table was read.
    """

    rows: tuple[tuple[Key, Mapping[str, Cell]], ...]
    next: str | None
    revisions: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """A table in the format of others.

    Attributes:
        type: What it is on the wire.
        pieces: Its bytes.
        next: Where to go on, where it stopped at a limit and there is more.
    """

    type: str
    pieces: Iterator[bytes]
    next: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparing:
    """What is compared.

    Attributes:
        tables: Paths of them; the first is the base that the others are compared with. Of one alone the rows
            are shown, and nothing differs.
        columns: Only these; None for all that do not tell merely how a row was come by.
        inputs: Compare what was read from the dataset as well, where no columns are named.
        only_different: Show only rows in which some table differs from the base.
        by: What makes rows differ: columns, or ``COLUMN==COLUMN`` for whether both agree; None for all
            that is compared.
        largest: Fact of ``by`` or any other by which rows are ordered: those first in which some table lies
            farthest from the base; None for the order of keys.
        counts: Count rows that are equal, that differ, and that only one has.
        offset: Rows to leave out first, in place of a cursor; None to go on by cursors.
        find: Key whose place among these rows is told.
        size: Rows of a page.
        cursor: Where the page before ended.
    """

    tables: tuple[str, ...]
    columns: tuple[str, ...] | None = None
    inputs: bool = True
    largest: str | None = None
    offset: int | None = None
    find: Key | None = None
    only_different: bool = False
    by: tuple[str, ...] | None = None
    counts: bool = False
    size: int = 50
    cursor: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SideBySide:
    """One row of all tables.

    Attributes:
        key: Its key.
        cells: What each table has; None where it lacks the row.
        different: Columns of each that are other than in the base; empty where one of the two lacks it.
    """

    key: Key
    cells: tuple[Cells | None, ...]
    different: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedPage:
    """Some rows side by side.

    Attributes:
        columns: What was compared.
        rows: The rows. There may be less than asked for, and yet a next page, where the differences lie far
            apart.
        next: Cursor to the next page; None on the last.
        counts: For each table but the base; None where nobody asked, or they would take too long.
        total: Rows of all pages; None where they were not asked for by their number, or are not known.
        place: Number of the row that was to be found; None where it is not among these, or not known.
    """

    columns: tuple[str, ...]
    rows: tuple[SideBySide, ...]
    next: str | None
    counts: tuple[Counts, ...] | None
    total: int | None = None
    place: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Merging:
    """Tables that are merged by key into one.

    Attributes:
        tables: Their paths, each with what the names of its columns get in front.
        inner: Only rows that all of them have.
        columns: Only these, named without what they get in front.
        size: Rows of a page.
        cursor: Where the page before ended.
    """

    tables: tuple[tuple[str, str], ...]
    inner: bool = False
    columns: tuple[str, ...] | None = None
    size: int = 50
    cursor: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MergedPage:
    """Some merged rows."""

    rows: tuple[tuple[Key, Cells], ...]
    next: str | None
    revisions: tuple[int, ...]
