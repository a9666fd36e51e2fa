"""Filters of rows, looked at cell by cell."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from operator import eq, ge, gt, le, lt, ne
from typing import Any

from starwhale.storage.layers.cells import Cell
from starwhale.storage.tables.masks import KEY_COLUMN
from starwhale.storage.tables.query import And, Compare, Contains, Filter, In, Not

Key = int | str
Test = Callable[[Key, Mapping[str, Cell]], bool]
_ACTS: dict[str, Callable[[Any, Any], bool]] = {
    "=": eq,
    "==": eq,
    "!=": ne,
    ">": gt,
    ">=": ge,
    "<": lt,
    "<=": le,
}
_READ: dict[str, Callable[[str], Any]] = {
    "datetime": datetime.fromisoformat,
    "instant": datetime.fromisoformat,
    "date": date.fromisoformat,
    "time": time.fromisoformat,
}


def test_of(part: Filter) -> Test:
    """What tells whether a row is wanted, from its key and those of its cells that the filter looks at.

    A value of another type than that which it is compared with never matches; integers and floats are one
    type, and times are compared with their text in ISO 8601. Null and a column that a row lacks match only
    ``= null``. The key is called ``id``.
    """
    if isinstance(part, Compare):
        return lambda key, cells: _compare(part, _cell(part.column, key, cells))
    if isinstance(part, In):
        return _within(part)
    if isinstance(part, Contains):
        return _containing(part)
    if isinstance(part, Not):
        inner = test_of(part.part)
        return lambda key, cells: not inner(key, cells)
    tests = [test_of(each) for each in part.parts]
    join = all if isinstance(part, And) else any
    return lambda key, cells: join(test(key, cells) for test in tests)


def _within(part: In) -> Test:
    texts = frozenset(each for each in part.values if isinstance(each, str))
    numbers = frozenset(
        each for each in part.values if isinstance(each, (int, float)) and not isinstance(each, bool)
    )
    others = [
        Compare(part.column, "=", each)
        for each in part.values
        if each is None or isinstance(each, (bool, datetime))
    ]

    def test(key: Key, cells: Mapping[str, Cell]) -> bool:
        cell = _cell(part.column, key, cells)
        if cell[0] == "str":
            return cell[1] in texts or any(_compare(each, cell) for each in others)
        if cell[0] in {"int", "float"} and cell[1] is not None:
            return cell[1] in numbers
        return any(_compare(each, cell) for each in others)

    return test


def _containing(part: Contains) -> Test:
    def test(key: Key, cells: Mapping[str, Cell]) -> bool:
        tag, plain = _cell(part.column, key, cells)
        return tag == "str" and plain is not None and part.text in plain

    return test


def _cell(column: str, key: Key, cells: Mapping[str, Cell]) -> Cell:
    if column == KEY_COLUMN and KEY_COLUMN not in cells:
        return ("str" if isinstance(key, str) else "int"), key
    return cells.get(column, ("null", None))


def _compare(part: Compare, cell: Cell) -> bool:
    tag, plain = cell
    if plain is None or part.value is None:
        return _of_null(part, plain)
    left, right = _comparable(tag, plain, part.value)
    if left is None or right is None:
        return False
    try:
        return bool(_ACTS[part.operator](left, right))
    except TypeError:  # a time with a zone and one without
        return False


def _of_null(part: Compare, plain: Any) -> bool:
    if part.value is not None:
        return False
    is_null = plain is None
    return is_null if part.operator in {"=", "=="} else not is_null and part.operator == "!="


def _comparable(tag: Any, plain: Any, value: Any) -> tuple[Any, Any]:
    """Both sides as values of one type; None where they are not."""
    if isinstance(value, bool) or tag == "bool":
        return (plain, value) if isinstance(value, bool) and tag == "bool" else (None, None)
    if isinstance(value, (int, float)):
        known = int(plain) if tag == "bigint" else plain if tag in {"int", "float"} else None
        return known, value
    if isinstance(value, datetime):
        return (plain, value) if tag in {"datetime", "instant"} else (None, None)
    if tag in _READ:
        return plain, _moment(tag, value)
    return (plain, value) if tag in {"str", "uuid", "decimal"} else (None, None)


def _moment(tag: str, text: Any) -> Any:
    try:
        return _READ[tag](text)
    except (ValueError, TypeError):
        return None
