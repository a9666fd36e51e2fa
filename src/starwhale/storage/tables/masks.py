"""Filters looked at column by column: what `datasets.row_filters` tells cell by cell, many rows at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import floor, isfinite
from typing import Any, cast

import pyarrow as pa
from pyarrow import compute

from starwhale.storage.layers.batch import Batch
from starwhale.storage.layers.format import HAS, escape
from starwhale.storage.tables.query import And, Compare, Contains, Filter, In, Not

pc = cast("Any", compute)  # its functions are made when it is imported, and have no stubs
_ACTS: dict[str, Callable[[Any, Any], Any]] = {
    "=": pc.equal,
    "==": pc.equal,
    "!=": pc.not_equal,
    ">": pc.greater,
    ">=": pc.greater_equal,
    "<": pc.less,
    "<=": pc.less_equal,
}
_TYPES: dict[str, Callable[[Any], bool]] = {
    "null": pa.types.is_null,
    "bool": pa.types.is_boolean,
    "int": pa.types.is_int64,
    "float": pa.types.is_float64,
    "str": lambda kind: pa.types.is_string(kind) or pa.types.is_large_string(kind),
}
#: Integers up to here are the same as floats.
_EXACT = 2**53
_MOST_VALUES = 50
#: Name of the key in filters.
KEY_COLUMN = "id"


class _Unable(Exception):
    """Only cell by cell can this be told."""


def mask_of(part: Filter, batch: Batch) -> Any | None:
    """Which rows of a batch without operations a filter wants, an array of true and false.

    Returns:
        None where a column holds what is compared only cell by cell.
    """
    try:
        return _mask(part, batch)
    except _Unable:
        return None


def places_of(mask: Any, begin: int) -> Sequence[int]:
    """Where a mask is true, counted from `begin`."""
    places = pc.add(pc.indices_nonzero(mask), pa.scalar(begin, pa.uint64()))
    data = places.buffers()[1]
    return memoryview(b"").cast("Q") if data is None else memoryview(data).cast("Q")[: len(places)]


def _mask(part: Filter, batch: Batch) -> Any:
    if isinstance(part, Compare):
        return _compare(part, *_column(part.column, batch))
    if isinstance(part, In):
        return _within(part, batch)
    if isinstance(part, Contains):
        tag, column = _column(part.column, batch)
        return pc.match_substring(column, part.text).fill_null(False) if tag == "str" else _all(batch, False)
    if isinstance(part, Not):
        return pc.invert(_mask(part.part, batch))
    join, found = (pc.and_, _all(batch, True)) if isinstance(part, And) else (pc.or_, _all(batch, False))
    for each in part.parts:
        found = join(found, _mask(each, batch))
    return found


def _within(part: In, batch: Batch) -> Any:
    tag, column = _column(part.column, batch)
    texts = [each for each in part.values if isinstance(each, str)]
    others = [each for each in part.values if not isinstance(each, str)]
    if len(others) > _MOST_VALUES:
        raise _Unable
    found = _all(batch, False)
    if tag == "str" and texts:
        found = pc.is_in(column, value_set=pa.array(texts, column.type)).fill_null(False)
    for each in others:
        found = pc.or_(found, _compare(Compare(part.column, "=", each), tag, column))
    return found


def _all(batch: Batch, answer: bool) -> Any:
    return pa.repeat(pa.scalar(answer), batch.rows)


def _column(name: str, batch: Batch) -> tuple[str, Any]:
    """Type and cells of a column; null where a row lacks it."""
    names = batch.arrow.schema.names
    if name not in batch.tags:
        if name != KEY_COLUMN:
            return "null", pa.nulls(batch.rows)
        keys = batch.arrow.column(0)
        return _typed("int" if pa.types.is_int64(keys.type) else "str", keys)
    tag, column = _typed(batch.tags[name], batch.arrow.column(names.index(escape(name))))
    if HAS + name in names:
        if name == KEY_COLUMN:
            raise _Unable
        has = batch.arrow.column(names.index(HAS + name))
        column = pc.if_else(has, column, pa.scalar(None, column.type))
    return tag, column


def _typed(tag: Any, column: Any) -> tuple[str, Any]:
    if not isinstance(tag, str) or tag not in _TYPES or not _TYPES[tag](column.type):
        raise _Unable
    return tag, column


def _compare(part: Compare, tag: str, column: Any) -> Any:
    rows = len(column)
    if part.value is None:
        if part.operator in {"=", "=="}:
            return pc.is_null(column)
        return pc.is_valid(column) if part.operator == "!=" else pa.repeat(pa.scalar(False), rows)
    pair = _comparable(tag, part.operator, part.value)
    if pair is None:
        return pa.repeat(pa.scalar(False), rows)
    operator, value = pair
    return _ACTS[operator](column, pa.scalar(value, column.type)).fill_null(False)


def _comparable(tag: str, operator: str, value: Any) -> tuple[str, Any] | None:
    """What to compare a column of this type with, and how; None where nothing ever matches."""
    if tag == "bool" or isinstance(value, bool):
        return (operator, value) if tag == "bool" and isinstance(value, bool) else None
    if isinstance(value, (int, float)):
        return _numbers(tag, operator, value)
    return (operator, value) if tag == "str" and isinstance(value, str) else None


def _numbers(tag: str, operator: str, value: float) -> tuple[str, Any] | None:
    if tag not in {"int", "float"}:
        return None
    if not isfinite(value) or abs(value) >= _EXACT:
        raise _Unable  # Python compares these exactly
    if tag == "float" or value == int(value):
        return operator, float(value) if tag == "float" else int(value)
    # No integer equals it: all are on one side or the other.
    below = {">": ">", ">=": ">", "<": "<=", "<=": "<="}.get(operator)
    if below is not None:
        return below, floor(value)
    raise _Unable
