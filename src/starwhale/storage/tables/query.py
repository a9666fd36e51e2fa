"""Questions to tables: columns, a filter tree, an order, a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from starwhale.core.errors import UsageError

COMPARISONS = {"=": "=", "==": "=", "!=": "<>", ">": ">", ">=": ">=", "<": "<", "<=": "<="}


@dataclass(frozen=True, slots=True)
class Compare:
    """A column against a constant, or against another column.

    Attributes:
        column: Name of the column; "id" is the key.
        operator: One of ``= != > >= < <=``.
        value: Text, number, bool or None. Values of another type than this never match, except that
            integers and floats are one type.
    """

    column: str
    operator: str
    value: Any

    def __post_init__(self) -> None:
        if self.operator not in COMPARISONS:
            raise UsageError(
                f"unknown comparison {self.operator!r}", hint=f"use one of {' '.join(COMPARISONS)}"
            )


@dataclass(frozen=True, slots=True)
class In:
    """A column against several constants.

    Attributes:
        column: Name of the column; "id" is the key.
        values: Text, numbers, bools; None matches absent and null.
    """

    column: str
    values: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Contains:
    """A column of text that has a text within.

    Attributes:
        column: Name of the column; "id" is the key.
        text: What it has, letter by letter; values that are no text have none.
    """

    column: str
    text: str


@dataclass(frozen=True, slots=True)
class And:
    """All of them."""

    parts: tuple[Filter, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Any of them."""

    parts: tuple[Filter, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite."""

    part: Filter


Filter = Compare | In | Contains | And | Or | Not


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One column to sort by; nulls and absent values come last either way.

    Attributes:
        column: Name of the column; "id" is the key.
        descending: Highest first.
    """

    column: str
    descending: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Bins:
    """Ranges of equal width of a column of numbers.

    Attributes:
        column: Its name.
        low: Where the first range begins.
        width: Of each; 0 where all numbers are the same.
        count: How many ranges there are; numbers beyond them belong to the outer ones.
    """

    column: str
    low: float
    width: float
    count: int


@dataclass(frozen=True, slots=True)
class Place:
    """Where a row lies in an order.

    Attributes:
        values: For each column of the order the kind of its value (b, i, f, s, d, or x for any other) and
            the value itself; both None where the row has none.
        key: Its key.
    """

    values: tuple[tuple[str | None, Any], ...]
    key: int | str


@dataclass(frozen=True, slots=True)
class Found:
    """Keys of a page.

    Attributes:
        keys: In the order of the question.
        places: Where each of them lies in it.
    """

    keys: tuple[int | str, ...]
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What to take of a table.

    Attributes:
        columns: Column to the name it is shown under; empty means all under their own.
        where: Which rows.
        order: By what; the key breaks ties and is the order where nothing is said.
        start: Rows to leave out first.
        limit: Rows at most.
        after: Only rows behind the place where a page ended; see `Found`.
    """

    columns: Mapping[str, str] | None = None
    where: Filter | None = None
    order: Sequence[Order] = ()
    start: int = 0
    limit: int = 100
    after: Place | None = None

    def __post_init__(self) -> None:
        if self.start < 0 or self.limit < 0:
            raise UsageError("a page cannot begin before row 0 or have a negative length")


def columns_of(part: Filter | None) -> set[str]:
    """Columns that a filter looks at."""
    if part is None:
        return set()
    if isinstance(part, (Compare, In, Contains)):
        return {part.column}
    if isinstance(part, Not):
        return columns_of(part.part)
    return {name for each in part.parts for name in columns_of(each)}
