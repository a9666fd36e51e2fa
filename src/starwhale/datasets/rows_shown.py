"""What is asked of rows that people look at, and what they see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from starwhale.datasets.cells_shown import Key
from starwhale.datasets.diff import ColumnChange
from starwhale.storage.tables.query import Filter


@dataclass(frozen=True, slots=True, kw_only=True)
class RowQuery:
    """Which rows of a version are wanted.

    Attributes:
        columns: Names of those to show; None for all.
        where: Which rows; None for all.
        start: First key; None for the first of all.
        end: First key that is not wanted any more; None for none.
        offset: Rows to leave out first, of those that are wanted; in place of `start` and `end`.
        limit: Rows at most.
    """

    columns: Sequence[str] | None = None
    where: Filter | None = None
    start: Key | None = None
    end: Key | None = None
    offset: int | None = None
    limit: int = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class RowShown:
    """One row.

    Attributes:
        key: Its key.
        values: Column to value as JSON; columns that the row lacks are left out.
        cut: Columns of which only the beginning is shown.
    """

    key: Key
    values: Mapping[str, Any]
    cut: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RowPage:
    """Some rows in the order of their keys, numbers before texts.

    Attributes:
        rows: The rows.
        next: Key to go on at; None where there is nothing more. With a filter there may be fewer rows than
            were asked for, even none, and still more to come.
        looked_at: Rows that were looked at for it.
        total: Rows of the version, filter or not.
        places: Where each row lies among all rows of the version; empty where no offset was asked for.
    """

    rows: tuple[RowShown, ...]
    next: Key | None
    looked_at: int
    total: int
    places: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RowsFound:
    """Rows that were asked for by their keys.

    Attributes:
        rows: Those that there are, in the order asked for.
        missing: Keys that the version has no row of.
        left: Keys that were not looked for, for the rows before them are large enough for one answer.
    """

    rows: tuple[RowShown, ...]
    missing: tuple[Key, ...]
    left: tuple[Key, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RowCount:
    """How many rows a filter wants, as far as they have been looked at.

    Attributes:
        matched: Rows that it wants.
        looked_at: Rows that were looked at so far, by this question and those before.
        total: Rows of the version.
    """

    matched: int
    looked_at: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyPlace:
    """Where a key lies.

    Attributes:
        place: Rows before it, of those that are wanted.
        found: Whether there is a row of that key among them.
        done: Whether all rows before it have been looked at; if not, asking again goes on.
    """

    place: int
    found: bool
    done: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RowChanged:
    """A row that differs; see `datasets.diff.RowChange`."""

    key: Key
    kind: str
    fields: tuple[str, ...] = ()
    before: RowShown | None = None
    after: RowShown | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffQuery:
    """Which of the rows that differ are wanted.

    Attributes:
        kind: Only those that were ``added``, ``removed`` or ``changed``; all where it is empty.
        skip: So many of them are passed over.
        limit: Most rows of the answer.
    """

    kind: str = ""
    skip: int = 0
    limit: int = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class RowsDiff:
    """What differs between two versions; see `datasets.diff.DatasetDiff`."""

    added: int
    removed: int
    changed: int
    unchanged: int
    columns: tuple[ColumnChange, ...]
    examples: tuple[RowChanged, ...] = field(default=())
