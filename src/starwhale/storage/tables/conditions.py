"""Filters and orders as SQL over the relation of visible rows.

Names of columns never get into the text: the relation calls the parts of its n-th column ``vNb`` to ``vNx``.
Every constant is a parameter.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from math import inf
from typing import Any

from starwhale.storage.layers.cells import INT64_MAX, INT64_MIN
from starwhale.storage.tables.query import (
    COMPARISONS,
    And,
    Compare,
    Contains,
    Filter,
    In,
    Not,
    Or,
    Order,
    Place,
)

PARTS = "bifsdx"
ID = "id"
#: Values of different kinds lie in this order; integers and floats are one kind.
_RANKS = {"b": 0, "i": 1, "f": 1, "s": 2, "d": 3, "x": 4}
_FORMS = {"b": "BOOLEAN", "i": "BIGINT", "f": "DOUBLE", "s": "VARCHAR", "d": "TIMESTAMP"}
Sql = tuple[str, list[Any]]


class Columns:
    """The columns of a relation.

    Args:
        parts: Name to the parts that it has.
    """

    def __init__(self, parts: Mapping[str, set[str]]) -> None:
        names = sorted(set(parts) - {ID})
        self._parts = {
            name: {part: f"v{place}{part}" for part in PARTS if part in parts[name]}
            for place, name in enumerate(names)
        }
        self._parts[ID] = {"i": "ki", "s": "ks"}

    # Filters.

    def condition(self, part: Filter | None) -> Sql:
        """The rows that a filter lets through."""
        if part is None:
            return "true", []
        if isinstance(part, Compare):
            return self._comparison(part)
        if isinstance(part, In):
            return self._membership(part)
        if isinstance(part, Contains):
            texts = self._parts[part.column].get("s")
            return (f"coalesce(contains({texts}, ?), false)", [part.text]) if texts else ("false", [])
        if isinstance(part, Not):
            text, constants = self.condition(part.part)
            return f"NOT coalesce({text}, false)", constants
        pieces = [self.condition(each) for each in part.parts]
        return self._any_of(pieces) if isinstance(part, Or) else self._all_of(pieces, part)

    def _any_of(self, pieces: Sequence[Sql]) -> Sql:
        text = " OR ".join(f"coalesce({piece}, false)" for piece, _ in pieces) or "false"
        return f"({text})", [constant for _, constants in pieces for constant in constants]

    def _all_of(self, pieces: Sequence[Sql], part: And) -> Sql:
        text = " AND ".join(f"coalesce({piece}, false)" for piece, _ in pieces) or "true"
        assert len(pieces) == len(part.parts)
        return f"({text})", [constant for _, constants in pieces for constant in constants]

    def _comparison(self, part: Compare) -> Sql:
        columns = self._parts[part.column]
        operator = COMPARISONS[part.operator]
        if part.value is None:
            absent = " AND ".join(f"{sql} IS NULL" for sql in columns.values()) or "true"
            if operator not in ("=", "<>"):
                return "false", []
            return (f"({absent})" if operator == "=" else f"NOT ({absent})"), []
        kinds, value = _constant(part.value)
        fitting = [columns[kind] for kind in kinds if kind in columns]
        if not fitting:
            return "false", []
        text = " OR ".join(f"coalesce({sql} {operator} ?, false)" for sql in fitting)
        return f"({text})", [value] * len(fitting)

    def _membership(self, part: In) -> Sql:
        # A list for each kind of constant: comparisons with each of them would be gone through for each row.
        columns = self._parts[part.column]
        lists: dict[tuple[str, str], list[Any]] = {}
        for kinds, value in (_constant(value) for value in part.values if value is not None):
            for kind in kinds:
                if kind in columns:
                    form = "DOUBLE" if isinstance(value, float) else _FORMS[kind]
                    lists.setdefault((columns[kind], form), []).append(value)
        pieces: list[Sql] = [
            (f"{sql}::{form} IN (SELECT unnest(?::{form}[]))", [values])
            for (sql, form), values in lists.items()
        ]
        if None in part.values:
            pieces.append(self._comparison(Compare(part.column, "=", None)))
        return self._any_of(pieces)

    # Orders.

    def order(self, order: Order) -> list[str]:
        """Terms to order by. Nulls last; values of different kinds by kind."""
        columns = self._parts[order.column]
        if not columns:
            return []
        terms = self._terms(order.column)
        if len(columns) == 1:
            terms = terms[1:]  # one kind alone needs no rank
        direction = "DESC" if order.descending else "ASC"
        return [f"{term} {direction} NULLS LAST" for term in terms]

    def told(self, orders: Sequence[Order]) -> list[str]:
        """What is to be read of a row to know its place."""
        return [sql for order in orders for sql in self._parts[order.column].values()]

    def values(self, orders: Sequence[Order], read: Sequence[Any]) -> tuple[tuple[str | None, Any], ...]:
        """Kinds and values of a row in an order, out of what `told` had read."""
        rest, found = iter(read), list[tuple[str | None, Any]]()
        for order in orders:
            values = [(part, next(rest)) for part in self._parts[order.column]]
            found.append(next(((part, value) for part, value in values if value is not None), (None, None)))
        return tuple(found)

    def behind(self, orders: Sequence[Order], place: Place) -> Sql:
        """The rows that come after a place."""
        steps: list[tuple[str, Any, bool]] = []
        for order, (kind, value) in zip(orders, place.values, strict=True):
            columns = self._parts[order.column]
            if columns:
                given = self._given(columns, kind, value)
                terms = self._terms(order.column)
                steps += [
                    (term, constant, order.descending) for term, constant in zip(terms, given, strict=True)
                ]
        number = place.key if isinstance(place.key, int) else None
        steps += [("ki", number, False), ("ks", None if number is not None else place.key, False)]
        text, constants = "false", list[Any]()
        for term, constant, descending in reversed(steps):
            if constant is None:  # nulls come last, and nothing behind them but other nulls
                text = f"({term} IS NULL AND {text})"
                continue
            sign = "<" if descending else ">"
            text = f"({term} IS NULL OR {term} {sign} ? OR ({term} = ? AND {text}))"
            constants = [constant, constant, *constants]
        return text, constants

    def _terms(self, name: str) -> list[str]:
        """The rank of the kind, the number where there are two kinds of those, and each part."""
        columns = self._parts[name]
        ranks = " ".join(f"WHEN {sql} IS NOT NULL THEN {_RANKS[part]}" for part, sql in columns.items())
        both = [self.number(name)] if "i" in columns and "f" in columns else []
        return [f"CASE {ranks} END", *both, *columns.values()]

    def _given(self, columns: Mapping[str, str], kind: str | None, value: Any) -> list[Any]:
        """The values of those terms at a place."""
        is_number = kind in ("i", "f")
        both = "i" in columns and "f" in columns
        found: list[Any] = [None if kind is None else _RANKS[kind]]
        if both:
            found.append(float(value) if is_number else None)
        for part in columns:
            same = part == kind or (is_number and part in ("i", "f") and not both)
            found.append(value if same else None)
        return found

    # Measures.

    def number(self, name: str) -> str:
        """The numbers of a column."""
        columns = self._parts[name]
        numbers = [f"{columns[part]}::DOUBLE" for part in "fi" if part in columns]
        return f"coalesce({', '.join(numbers)})" if numbers else "NULL::DOUBLE"

    def any(self, name: str) -> str:
        """The values of a column; as text where they are of several kinds."""
        columns = self._parts[name]
        if len(columns) == 1:
            return next(iter(columns.values()))
        texts = ", ".join(f"{sql}::VARCHAR" for sql in columns.values())
        return f"coalesce({texts})" if columns else "NULL::VARCHAR"


def _constant(value: Any) -> tuple[str, Any]:
    """The kinds of column that a constant can be compared with, and the form in which it is."""
    if isinstance(value, bool):
        return "b", value
    if isinstance(value, int):
        return "if", value if INT64_MIN <= value <= INT64_MAX else _as_float(value)
    if isinstance(value, float):
        return "if", value
    if isinstance(value, str):
        return "s", value
    if isinstance(value, datetime) and value.tzinfo is not None:
        return "d", value.astimezone(UTC).replace(tzinfo=None)
    return ("d", value) if isinstance(value, date) else ("", value)


def _as_float(value: int) -> float:
    try:
        return float(value)
    except OverflowError:
        return inf if value > 0 else -inf
