"""Rows as JSON documents that keep every type; media may lie in files beside them."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from typing import Any, cast

from starwhale.storage.layers.cells import cell_of
from starwhale.storage.layers.media import MediaCell
from starwhale.storage.layers.packed import pack, unpack

Put = Callable[[str, str, bytes, str], str]
"""Stores media of (column, logical type, bytes, description as JSON) in a file; the name of the file."""

Take = Callable[[str], bytes]
"""The bytes of a file by that name."""


def document_of(row: Mapping[str, Any], put: Put | None) -> dict[str, Any]:
    """A row as JSON: what JSON has no form for is an object with the key ``$``.

    Args:
        row: Feature name to value.
        put: Takes the bytes of media; None keeps them in the document, as base64.
    """
    return {name: encode(value, name, put) for name, value in row.items()}


def encode(value: Any, column: str, put: Put | None) -> Any:
    """A value as JSON."""
    tag, plain = cell_of(value, column)
    if put is None:
        return pack(tag, plain)
    if isinstance(plain, MediaCell):
        return _filed(column, plain.logical, plain.data, plain.meta, put)
    packed = pack(tag, plain)
    return _without_bytes(packed, column, put) if not isinstance(tag, str) or tag == "packed" else packed


def _filed(column: str, logical: str, data: bytes | None, meta: str, put: Put) -> dict[str, Any]:
    file = None if data is None else put(column, logical, data, meta)
    return {"$": "media", "t": logical, "m": meta, "file": file}


def _without_bytes(packed: Any, column: str, put: Put) -> Any:
    if isinstance(packed, list):
        return [_without_bytes(item, column, put) for item in cast("list[Any]", packed)]
    if not isinstance(packed, dict):
        return packed
    record = cast("dict[str, Any]", packed)
    if record.get("$") == "media":
        data = None if record["d"] is None else b64decode(record["d"])
        return _filed(column, record["t"], data, record["m"], put)
    return {name: _without_bytes(item, column, put) for name, item in record.items()}


def row_of(document: Mapping[str, Any], take: Take) -> dict[str, Any]:
    """The row of a document again.

    Raises:
        KeyError, ValueError, TypeError: it is none that `document_of` made.
    """
    return {name: decode(value, take) for name, value in document.items()}


def decode(value: Any, take: Take) -> Any:
    """The value of what `encode` gave."""
    return unpack(_with_bytes(value, take)) if isinstance(value, (dict, list)) else value


def _with_bytes(packed: Any, take: Take) -> Any:
    if isinstance(packed, list):
        return [_with_bytes(item, take) for item in cast("list[Any]", packed)]
    if not isinstance(packed, dict):
        return packed
    record = cast("dict[str, Any]", packed)
    if record.get("$") == "media" and "file" in record:
        data = None if record["file"] is None else b64encode(take(record["file"])).decode()
        return {"$": "media", "t": record["t"], "m": record["m"], "d": data}
    return {name: _with_bytes(item, take) for name, item in record.items()}
