"""Columns of Arrow files that others wrote."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, cast

import pyarrow as pa

from starwhale.core.errors import UsageError

Read = Callable[[pa.Array], list[Any]]
_log = logging.getLogger("starwhale")


def foreign_reader(field: pa.Field, feature: Any, info: dict[str, Any], file: str) -> Read:
    """A function from a column to its values.

    Args:
        field: The column.
        feature: What Hugging Face's metadata says of it, if anything.
        info: Takes what is no value: the names of class labels.
        file: For messages.

    Raises:
        UsageError: a dataset cannot hold such a column.
    """
    _check(field.type, field.name, file)
    kind = cast("dict[str, Any]", feature).get("_type") if isinstance(feature, dict) else None
    if kind == "ClassLabel":
        names = cast("dict[str, Any]", feature).get("names")
        if names:
            info.setdefault("class_labels", {})[field.name] = names
    elif kind in ("Image", "Audio", "Video") and pa.types.is_struct(field.type):
        return lambda array: [_media(kind, item) for item in array.to_pylist()]
    if _has_nanoseconds(field.type):
        _log.warning("column %r of %s is kept to the microsecond", field.name, file)
        return lambda array: _plain(array.cast(_microseconds(array.type), safe=False))
    return _plain


def _plain(array: pa.Array) -> list[Any]:
    if isinstance(array, pa.ExtensionArray):
        array = array.storage
    if pa.types.is_map(array.type) and pa.types.is_string(array.type.key_type):
        return [None if item is None else dict(item) for item in array.to_pylist()]
    return cast("list[Any]", array.to_pylist())


def _media(kind: str, item: dict[str, Any] | None) -> Any:
    if item is None:
        return None
    from starwhale.core.types.registry import LOGICAL

    data, path = item.get("bytes"), item.get("path") or ""
    return LOGICAL[kind.lower()](data if data is not None else path, display_name=path.rpartition("/")[2])


def _check(kind: pa.DataType, column: str, file: str) -> None:
    if pa.types.is_union(kind) or pa.types.is_interval(kind):
        raise UsageError(f"column {column!r} of {file} is of type {kind}, which no dataset holds")


def _has_nanoseconds(kind: pa.DataType) -> bool:
    if pa.types.is_timestamp(kind) or pa.types.is_time64(kind) or pa.types.is_duration(kind):
        return kind.unit == "ns"
    return any(_has_nanoseconds(kind.field(place).type) for place in range(kind.num_fields))


def _microseconds(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_timestamp(kind):
        return pa.timestamp("us", kind.tz)
    if pa.types.is_time64(kind):
        return pa.time64("us")
    if pa.types.is_duration(kind):
        return pa.duration("us")
    if pa.types.is_struct(kind):
        return pa.struct([(each.name, _microseconds(each.type)) for each in kind])
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return pa.list_(_microseconds(kind.value_type))
    return kind
