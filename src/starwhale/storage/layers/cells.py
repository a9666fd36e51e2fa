"""From a Python value to a cell: its tag and the plain form that columns and logs hold.

Every value is checked here, at the assignment, so that a bad one fails naming its column and
nothing else is touched.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any
from uuid import UUID

import orjson

from starwhale.core.errors import UnsupportedValue
from starwhale.core.types.registry import logical_name
from starwhale.kit.text import is_storable
from starwhale.storage.layers.media import ROW_LIMIT, MediaCell, media_cell
from starwhale.storage.layers.packed import pack, pack_dict
from starwhale.storage.layers.tags import MIXED, NULL, PACKED, Tag, unify

INT64_MIN, INT64_MAX = -(2**63), 2**63 - 1
MAX_DEPTH = 64
LONGEST_DURATION = timedelta(days=100_000_000)

Spill = Callable[[bytes], str]
"""Stores bytes that are too large for a row and returns their digest."""


Cell = tuple[Tag, Any]
"""One value as columns and logs see it: its tag and its plain form.

A bare tuple, not a class of its own: the garbage collector stops looking at tuples of numbers and
text, and a build holds hundreds of thousands of them.
"""

NULL_CELL: Cell = (NULL, None)


def cell_of(value: Any, column: str, spill: Spill | None = None) -> Cell:
    """The cell of `value`.

    Args:
        value: Anything a row may hold.
        column: Its column, for the error.
        spill: Takes media above the row limit; without it they stay in the row.

    Raises:
        UnsupportedValue: no column can hold it; column and value are named.
    """
    try:
        return _encode(value, spill, 0)
    except _Refused as refused:
        raise UnsupportedValue(
            f"column {column!r} cannot hold {_brief(value)}: {refused}",
            hint="use numbers, text, bytes, lists, dicts, numpy arrays, dates or Starwhale's data types",
        ) from None


class _Refused(Exception):
    """Why a value is refused; the caller adds the column."""


def _brief(value: Any) -> str:
    try:
        text = repr(value)
    except Exception:  # noqa: BLE001 - a user's __repr__ may raise anything
        text = "value"
    return f"{text if len(text) <= 60 else text[:57] + '...'} of type {type(value).__name__}"


def _encode(value: Any, spill: Spill | None, depth: int) -> Cell:
    encoder = _BY_TYPE.get(type(value))
    if encoder is None:
        encoder = _encoder_for(type(value))
    if depth > MAX_DEPTH:
        raise _Refused(f"it nests deeper than {MAX_DEPTH} levels")
    return encoder(value, spill, depth)


def _int(value: int, _spill: Spill | None, _depth: int) -> Cell:
    if INT64_MIN <= value <= INT64_MAX:
        return ("int", value)
    return ("bigint", str(value))


def _str(value: str, _spill: Spill | None, _depth: int) -> Cell:
    if not is_storable(value):
        raise _Refused("the text has a lone surrogate, which UTF-8 cannot express")
    return ("str", value)


def _datetime(value: datetime, _spill: Spill | None, _depth: int) -> Cell:
    if value.tzinfo is None:
        return ("datetime", value)
    return ("instant", value.astimezone(UTC))


def _time(value: time, _spill: Spill | None, _depth: int) -> Cell:
    if value.tzinfo is not None:
        raise _Refused("a time of day with a zone has no date to fix the offset")
    return ("time", value)


def _duration(value: timedelta, _spill: Spill | None, _depth: int) -> Cell:
    if -LONGEST_DURATION < value < LONGEST_DURATION:
        return ("duration", value)
    # Columns count microseconds in 64 bits, Python counts further.
    return (PACKED, pack("duration", value))


def _simple_tag(value: Any) -> str:
    """Tag of a value that is held as it is; empty for one that takes a closer look."""
    kind = type(value)
    if kind is str:
        return "str" if value.isascii() else ""
    if kind is int:
        return "int" if INT64_MIN <= value <= INT64_MAX else ""
    return "float" if kind is float else "bool" if kind is bool else ""


def _sequence(shape: str) -> Callable[[Sequence[Any], Spill | None, int], Cell]:
    def encode(value: Sequence[Any], spill: Spill | None, depth: int) -> Cell:
        simple = set(map(_simple_tag, value))
        if len(simple) == 1 and (only := simple.pop()):
            return ((shape, only), list(value))
        cells = [_encode(item, spill, depth + 1) for item in value]
        inner: Tag = NULL
        for tag in {cell[0] for cell in cells}:
            inner = unify(inner, tag)
        if inner == MIXED:
            items = [pack(*cell) for cell in cells]
            return (PACKED, items if shape == "list" else {"$": "tuple", "v": items})
        return ((shape, inner), [cell[1] for cell in cells])

    return encode


_list = _sequence("list")
_tuple = _sequence("tuple")


def _set(value: frozenset[Any], spill: Spill | None, depth: int) -> Cell:
    return _list(sorted(value, key=lambda item: (type(item).__name__, repr(item))), spill, depth)


def _dict(value: Mapping[Any, Any], spill: Spill | None, depth: int) -> Cell:
    if not value:
        return (PACKED, {})
    if type(value) is dict:
        simple = tuple(map(_simple_tag, value.values()))
        names = tuple(value)
        if "" not in simple and all(type(name) is str for name in names):
            tag = _record_tag(names, simple)
            return (tag, {name: value[name] for name in tag[1]})
    cells = {key: _encode(item, spill, depth + 1) for key, item in value.items()}
    if not all(type(key) is str for key in cells):
        pairs = [[pack(*_encode(key, spill, depth + 1)), pack(*cell)] for key, cell in cells.items()]
        return (PACKED, {"$": "map", "v": pairs})
    _check_names(tuple(cells))
    if any(cell[0] == PACKED for cell in cells.values()):
        return (PACKED, pack_dict({key: pack(*cell) for key, cell in cells.items()}))
    names = tuple(sorted(cells))
    return (
        ("struct", names, tuple(cells[name][0] for name in names)),
        {name: cells[name][1] for name in names},
    )


@lru_cache(maxsize=4096)
def _record_tag(names: tuple[str, ...], tags: tuple[str, ...]) -> tuple[Any, ...]:
    _check_names(names)
    pairs = sorted(zip(names, tags, strict=True))
    return ("struct", tuple(name for name, _ in pairs), tuple(tag for _, tag in pairs))


def _check_names(names: Sequence[str]) -> None:
    if not all(map(is_storable, names)):
        raise _Refused("the name of a field has a lone surrogate, which UTF-8 cannot express")


def _plain_object(value: Any, spill: Spill | None, depth: int) -> Cell:
    logical = logical_name(type(value))
    inner = _dict(value.to_plain(), spill, depth + 1)
    if inner[0] == PACKED:
        return (PACKED, {"$": "plain", "t": logical, "v": inner[1]})
    return (("plain", logical, inner[0]), inner[1])


def _media(value: Any, spill: Spill | None, _depth: int) -> Cell:
    cell = media_cell(value, spill)
    return (("media", cell.logical), cell)


def _numpy_scalar(value: Any, spill: Spill | None, depth: int) -> Cell:
    item = value.item()
    exact = not hasattr(item, "dtype") and not (isinstance(item, int) and value.dtype.kind in "mM")
    return _encode(item, spill, depth) if exact else _ndarray(value, spill, depth)


def _ndarray(value: Any, spill: Spill | None, _depth: int) -> Cell:
    import numpy as np

    array = np.asarray(value)
    if array.dtype.hasobject:
        raise _Refused("a numpy array of Python objects has no fixed layout")
    contiguous = np.ascontiguousarray(array)
    data = contiguous.tobytes()
    meta = {"dtype": np.lib.format.dtype_to_descr(array.dtype), "shape": list(array.shape)}
    ref = None
    if spill is not None and len(data) > ROW_LIMIT:
        ref = spill(data)
        meta["blob"] = [ref, len(data)]
    text = orjson.dumps(meta, option=orjson.OPT_SORT_KEYS).decode()
    return (("media", "ndarray"), MediaCell("ndarray", None if ref else data, text, ref))


def _encoder_for(kind: type) -> Callable[[Any, Spill | None, int], Cell]:
    encoder = _find_encoder(kind)
    _BY_TYPE[kind] = encoder
    return encoder


def _find_encoder(kind: type) -> Callable[[Any, Spill | None, int], Cell]:
    if logical_name(kind) is not None or hasattr(kind, "payload"):
        return _plain_object if hasattr(kind, "to_plain") else _media
    for base in kind.__mro__:
        if base.__module__ == "numpy":
            if base.__name__ == "ndarray":
                return _ndarray
            if base.__name__ == "generic":
                return _numpy_scalar
    for base, encoder in _BY_BASE:
        if issubclass(kind, base):
            return encoder
    return _refuse


def _refuse(value: Any, _spill: Spill | None, _depth: int) -> Cell:
    raise _Refused(f"values of type {type(value).__module__}.{type(value).__qualname__} have no stored form")


_BY_TYPE: dict[type, Callable[[Any, Spill | None, int], Cell]] = {
    type(None): lambda _value, _spill, _depth: NULL_CELL,
    bool: lambda value, _spill, _depth: ("bool", value),
    int: _int,
    float: lambda value, _spill, _depth: ("float", value),
    complex: lambda value, _spill, _depth: ("complex", {"re": value.real, "im": value.imag}),
    str: _str,
    bytes: lambda value, _spill, _depth: ("bytes", value),
    bytearray: lambda value, _spill, _depth: ("bytes", bytes(value)),
    memoryview: lambda value, _spill, _depth: ("bytes", bytes(value)),
    list: _list,
    tuple: _tuple,
    dict: _dict,
    set: _set,
    frozenset: _set,
    datetime: _datetime,
    date: lambda value, _spill, _depth: ("date", value),
    time: _time,
    timedelta: _duration,
    Decimal: lambda value, _spill, _depth: ("decimal", str(value)),
    UUID: lambda value, _spill, _depth: ("uuid", str(value)),
}

# Subclasses (enum members, named tuples, ordered dicts, str subclasses …) go by their base.
_BY_BASE: tuple[tuple[type, Callable[[Any, Spill | None, int], Cell]], ...] = (
    (bool, lambda value, _spill, _depth: ("bool", bool(value))),
    (int, lambda value, spill, depth: _int(int(value), spill, depth)),
    (float, lambda value, _spill, _depth: ("float", float(value))),
    (str, lambda value, spill, depth: _str(str.__str__(value), spill, depth)),
    (bytes, lambda value, _spill, _depth: ("bytes", bytes(value))),
    (datetime, _datetime),
    (Mapping, _dict),
    (tuple, _tuple),
    (list, _list),
    (set, _set),
    (frozenset, _set),
)
