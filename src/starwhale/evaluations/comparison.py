"""Evaluations side by side: their summaries, and their rows joined by key.

One evaluation is the base, with which each of the others is compared.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from starwhale.core.errors import NotFound, UsageError
from starwhale.core.page import PageRequest
from starwhale.evaluations.comparison_values import different, number_of, same
from starwhale.evaluations.comparison_walk import Key, Row, walk

# What `predict` notes beside its output; how long a row took is never the same twice.
NOTES = frozenset({"_mode", "_index", "duration_seconds"})
INPUT = "input/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One name in the summaries.

    Attributes:
        name: Its name.
        values: One per evaluation; None where it has none.
        differs: Whether each is another than that of the base.
        changes: How far each lies above that of the base; None where not both are numbers, and for the base.
    """

    name: str
    values: tuple[Any, ...]
    differs: tuple[bool, ...]
    changes: tuple[float | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What of the rows is compared, and which of them are shown.

    Attributes:
        columns: Only these; all that do not tell merely how a row was come by where none are named.
        inputs: Compare what was read from the dataset as well, where no columns are named.
        only_different: Show only rows in which some evaluation differs from the base.
        page: Of the rows that are shown.
    """

    columns: tuple[str, ...] = ()
    inputs: bool = True
    only_different: bool = False
    page: PageRequest = field(default_factory=PageRequest)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """An evaluation against the base, in numbers of rows.

    Attributes:
        equal: Both have the row, with the same values in what is compared.
        different: Both have the row, with other values.
        only_base: Only the base has it.
        only_other: Only the other has it.
    """

    equal: int = 0
    different: int = 0
    only_base: int = 0
    only_other: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedColumn:
    """One column.

    Attributes:
        name: Its name.
        different: Rows of each evaluation in which it is other than in the base, which has the row too; 0
            for the base.
        is_score: Values that differ are fractions, or true and false, or 0 and 1: their mean says something.
    """

    name: str
    different: tuple[int, ...]
    is_score: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedRow:
    """One row.

    Attributes:
        key: Its key.
        values: What each evaluation has in the columns compared; None where it lacks the row.
        different: Columns of each evaluation that are other than in the base; empty for the base, and where
            one of the two lacks the row.
    """

    key: Key
    values: tuple[Mapping[str, Any] | None, ...]
    different: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedRows:
    """Rows of evaluations side by side.

    Attributes:
        base: Which of them is the base.
        pairs: Each against the base; None for the base.
        columns: What was compared, in the order in which it was met.
        total: Rows on all pages.
        rows: Those of the page asked for.
    """

    base: int
    pairs: tuple[Pair | None, ...]
    columns: tuple[ComparedColumn, ...]
    total: int
    rows: tuple[ComparedRow, ...]


def compare_summaries(summaries: Sequence[Mapping[str, Any]], *, base: int = 0) -> tuple[Figure, ...]:
    """Lay summaries side by side.

    Args:
        summaries: One per evaluation.
        base: Which of them the others are compared with.

    Returns:
        Every name that one of them has: those without a slash first, each group in order.
    """
    names = {name for summary in summaries for name in summary}
    return tuple(
        _figure(name, [summary.get(name) for summary in summaries], base)
        for name in sorted(names, key=lambda name: ("/" in name, name))
    )


def _figure(name: str, values: list[Any], base: int) -> Figure:
    changes: list[float | None] = []
    first = number_of(values[base])
    for place, value in enumerate(values):
        number = None if place == base else number_of(value)
        changes.append(None if number is None or first is None else number - first)
    return Figure(
        name=name,
        values=tuple(values),
        differs=tuple(not same(values[base], value) for value in values),
        changes=tuple(changes),
    )


def compare_rows(
    tables: Sequence[Iterable[tuple[Key, Row]]], wanted: Wanted, *, base: int = 0
) -> ComparedRows:
    """Lay rows side by side, in one walk over all of them; only a page of them is kept.

    Args:
        tables: Keys and rows of each evaluation in key order; the rows are changed.
        wanted: What of them.
        base: Which table the others are compared with.

    Raises:
        UsageError: fewer than two tables, or there is no such base.
        NotFound: a column was named that no row has.
    """
    if len(tables) < 2 or not 0 <= base < len(tables):
        raise UsageError(f"{len(tables)} tables cannot be compared with table {base} of them")
    taking = _Taking(len(tables), wanted, base)
    for key, rows in walk(tables):
        taking.take(key, rows)
    return taking.result()


class _Taking:
    """Counts while the rows go by."""

    def __init__(self, many: int, wanted: Wanted, base: int) -> None:
        self._many = many
        self._wanted = wanted
        self._base = base
        self._others = [place for place in range(many) if place != base]
        self._seen: dict[str, bool] = {}
        self._dropped: list[str] = []
        self._different: dict[str, list[int]] = {}
        self._no_score: set[str] = set()
        self._equal = [0] * many
        self._changed = [0] * many
        self._only_base = [0] * many
        self._only_other = [0] * many
        self._total = 0
        self._rows: list[ComparedRow] = []

    def take(self, key: Key, rows: list[Row | None]) -> None:
        for row in rows:
            if row is not None:
                self._clear(row)
        base = rows[self._base]
        differs = False
        names: list[tuple[str, ...]] = [()] * self._many
        for place in self._others:
            other = rows[place]
            if base is not None and other is not None:
                found = () if _equal(base, other) else tuple(different(base, other))
                names[place] = found
                if found:
                    self._changed[place] += 1
                    self._note(found, base, other, place)
                else:
                    self._equal[place] += 1
            elif base is not None:
                self._only_base[place] += 1
            elif other is not None:
                self._only_other[place] += 1
            differs = differs or bool(names[place]) or (base is None) != (other is None)
        if differs or not self._wanted.only_different:
            self._show(key, rows, names)

    def _clear(self, row: Row) -> None:
        """Leave of a row what is compared."""
        seen = self._seen
        if not seen.keys() >= row.keys():
            for name in row:
                if name not in seen:
                    seen[name] = self._is_compared(name)
                    if not seen[name]:
                        self._dropped.append(name)
        for name in self._dropped:
            row.pop(name, None)

    def _is_compared(self, name: str) -> bool:
        if self._wanted.columns:
            return name in self._wanted.columns
        return name not in NOTES and (self._wanted.inputs or not name.startswith(INPUT))

    def _note(self, names: tuple[str, ...], base: Row, other: Row, place: int) -> None:
        for name in names:
            counts = self._different.get(name)
            if counts is None:
                counts = self._different[name] = [0] * self._many
            counts[place] += 1
            if name not in self._no_score and not (_is_score(base.get(name)) and _is_score(other.get(name))):
                self._no_score.add(name)

    def _show(self, key: Key, rows: list[Row | None], names: list[tuple[str, ...]]) -> None:
        page = self._wanted.page
        if page.offset <= self._total < page.offset + page.size:
            self._rows.append(ComparedRow(key=key, values=tuple(rows), different=tuple(names)))
        self._total += 1

    def result(self) -> ComparedRows:
        compared = [name for name, is_compared in self._seen.items() if is_compared]
        for name in self._wanted.columns:
            if name not in self._seen:
                known = ", ".join(self._seen)
                raise NotFound(f"no row has a column {name!r}", hint=f"there are {known}" if known else "")
        columns = self._wanted.columns or tuple(compared)
        return ComparedRows(
            base=self._base,
            pairs=tuple(self._pair(place) for place in range(self._many)),
            columns=tuple(self._column(name) for name in dict.fromkeys(columns)),
            total=self._total,
            rows=tuple(self._rows),
        )

    def _pair(self, place: int) -> Pair | None:
        if place == self._base:
            return None
        return Pair(
            equal=self._equal[place],
            different=self._changed[place],
            only_base=self._only_base[place],
            only_other=self._only_other[place],
        )

    def _column(self, name: str) -> ComparedColumn:
        counts = self._different.get(name)
        return ComparedColumn(
            name=name,
            different=tuple(counts or [0] * self._many),
            is_score=counts is not None and name not in self._no_score,
        )


def _equal(one: Row, other: Row) -> bool:
    """Whether rows are equal at a glance; they may be where this does not see it."""
    try:
        return one == other
    except ValueError:  # arrays do not say it in a word
        return False


def _is_score(value: Any) -> bool:
    """Whether the mean of such values says something, as that of labels does not; also nothing at all."""
    return value is None or isinstance(value, (bool, float)) or (isinstance(value, int) and value in (0, 1))
