"""Questions to tables as they come from outside: filter trees, orders, and the cursors between pages."""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from datetime import datetime
from math import isnan
from typing import Any, cast

import orjson

from starwhale.core.errors import UsageError
from starwhale.storage.tables.query import And, Compare, Contains, Filter, In, Not, Or, Order, Place
from starwhale.storage.tables.told import heard

DEEPEST = 20
MOST_PARTS = 500
MOST_VALUES = 10_000
MOST_ORDERS = 16
LONGEST_NAME = 512
OPERATORS = ("=", "!=", "<", "<=", ">", ">=", "in", "contains", "is_null", "and", "or", "not")
_FIELDS = {
    "and": {"op", "parts"},
    "or": {"op", "parts"},
    "not": {"op", "part"},
    "in": {"op", "column", "values"},
    "is_null": {"op", "column"},
}


class _Counter:
    """How many parts and constants were met."""

    def __init__(self) -> None:
        self.parts = self.values = 0

    def add(self, values: int = 0) -> None:
        self.parts += 1
        self.values += values
        if self.parts > MOST_PARTS or self.values > MOST_VALUES:
            raise UsageError(
                f"a filter has at most {MOST_PARTS} parts and {MOST_VALUES:,} values", hint="ask for less"
            )


def filter_of(tree: Any) -> Filter | None:
    """The filter that a tree means.

    Args:
        tree: ``{"op": "and" | "or", "parts": [...]}``, ``{"op": "not", "part": ...}``,
            ``{"op": "=" | "!=" | "<" | "<=" | ">" | ">=" | "contains", "column": ..., "value": ...}``,
            ``{"op": "in", "column": ..., "values": [...]}`` or ``{"op": "is_null", "column": ...}``;
            None for no filter.

    Raises:
        UsageError: it is none of these, or deeper or larger than allowed.
    """
    return None if tree is None else _part(tree, 0, _Counter())


def _part(tree: Any, depth: int, counter: _Counter) -> Filter:
    if depth > DEEPEST:
        raise UsageError(f"a filter nests at most {DEEPEST} levels")
    if not isinstance(tree, Mapping):
        raise UsageError(
            "a part of a filter is an object with an `op`", hint=f"one of {', '.join(OPERATORS)}"
        )
    part = cast("Mapping[str, Any]", tree)
    kind = part.get("op")
    if kind not in OPERATORS:
        raise UsageError(f"unknown operator {str(kind)[:40]!r}", hint=f"use one of {', '.join(OPERATORS)}")
    if set(part) != _FIELDS.get(kind, {"op", "column", "value"}):
        wanted = ", ".join(sorted(_FIELDS.get(kind, {"op", "column", "value"})))
        raise UsageError(f"a part of a filter with {kind!r} has the fields {wanted}, and no others")
    if kind in ("and", "or"):
        counter.add()
        parts = tuple(_part(each, depth + 1, counter) for each in _list_of(part["parts"]))
        return And(parts) if kind == "and" else Or(parts)
    if kind == "not":
        counter.add()
        return Not(_part(part["part"], depth + 1, counter))
    return _leaf(kind, part, counter)


def _leaf(kind: str, part: Mapping[str, Any], counter: _Counter) -> Filter:
    column = column_name(part["column"])
    if kind == "is_null":
        counter.add()
        return Compare(column, "=", None)
    if kind == "in":
        values = tuple(constant(value) for value in _list_of(part["values"]))
        counter.add(len(values))
        return In(column, values)
    counter.add(1)
    if kind == "contains":
        if not isinstance(part["value"], str):
            raise UsageError("`contains` looks for text")
        return Contains(column, part["value"])
    value = constant(part["value"])
    if isinstance(value, float) and isnan(value):
        raise UsageError("a filter does not compare with NaN", hint="compare with numbers")
    return Compare(column, kind, value)


def _list_of(given: Any) -> list[Any]:
    if not isinstance(given, list):
        raise UsageError("a filter has a list here")
    return cast("list[Any]", given)


def column_name(given: Any) -> str:
    """Name of a column as a caller gave it.

    Raises:
        UsageError: it cannot be one.
    """
    if not isinstance(given, str) or not 0 < len(given) <= LONGEST_NAME:
        raise UsageError(f"a column is called by 1 to {LONGEST_NAME} characters")
    return given


def constant(given: Any) -> Any:
    """A constant as a caller gave it: text, number, bool, null, or a time told with its type.

    Raises:
        UsageError: it is something else.
    """
    if given is None or isinstance(given, (bool, int, float, str)):
        return given
    value = heard(given, "filter")
    if isinstance(value, (int, float, datetime)):
        return value
    raise UsageError("a filter compares with text, numbers, true, false, null and times")


def orders_of(given: Sequence[tuple[str, bool]]) -> tuple[Order, ...]:
    """What to sort by.

    Args:
        given: Columns, each with whether the highest come first.

    Raises:
        UsageError: there are too many, or one twice.
    """
    if len(given) > MOST_ORDERS or len({name for name, _ in given}) < len(given):
        raise UsageError(f"rows are sorted by at most {MOST_ORDERS} columns, by each once")
    return tuple(Order(column=column_name(name), descending=down) for name, down in given)


# Cursors: where a page ended, in the order it had.


def digest_of_question(*parts: Any) -> str:
    """A short name of a question, by which a cursor knows that it belongs to it."""
    text = orjson.dumps(parts, default=repr)
    return hashlib.blake2b(text, digest_size=9).hexdigest()


def cursor_of(place: Place, question: str) -> str:
    """The cursor behind a row."""
    values = [[kind, _text(kind, value)] for kind, value in place.values]
    return urlsafe_b64encode(orjson.dumps([1, question, values, place.key])).decode().rstrip("=")


def place_of(cursor: str, question: str, orders: int) -> Place:
    """Where a cursor points.

    Args:
        cursor: What a caller sent.
        question: The question that it must belong to.
        orders: By how many columns is sorted.

    Raises:
        UsageError: it is no cursor of this question.
    """
    try:
        return _place(cursor, question, orders)
    except (ValueError, TypeError) as exc:
        raise UsageError("this is no cursor of this question", hint="send what `next` said") from exc


def _place(cursor: str, question: str, orders: int) -> Place:
    form, asked, values, key = orjson.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    if form != 1 or asked != question or type(key) not in (int, str) or len(values) != orders:
        raise ValueError("it belongs to another question")
    if isinstance(key, int) and not -(2**63) <= key < 2**63:
        raise ValueError("no row has such a key")
    return Place(tuple((kind, _value(kind, value)) for kind, value in values), key)


def _text(kind: str | None, value: Any) -> Any:
    if kind == "f":
        return repr(float(value))
    if kind == "i":
        return str(value)
    return value.isoformat() if kind == "d" else value


def _value(kind: str | None, text: Any) -> Any:
    if kind is None and text is None:
        return None
    if kind == "f":
        return float(text)
    if kind == "i" and -(2**63) <= int(text) < 2**63:
        return int(text)
    if kind == "d":
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            return moment
    if (kind == "s" and isinstance(text, str)) or (kind in ("b", "x") and isinstance(text, bool)):
        return text
    raise ValueError(kind)
