"""Values on their way into the log of a table and back."""

from __future__ import annotations

from math import isfinite
from typing import Any, cast

from starwhale.core.errors import UsageError
from starwhale.storage.layers.cells import INT64_MAX, INT64_MIN, Cell, Spill, cell_of
from starwhale.storage.layers.media import MediaCell, OpenBlob, media_cell_stored
from starwhale.storage.layers.packed import pack, unpack
from starwhale.storage.layers.tags import NULL, PACKED, Tag

INLINE_LIMIT = 4096


def packs_itself(value: Any) -> bool:
    """Whether a value is its own packed form, as far as a glance tells."""
    kind = type(value)
    if kind is float:
        return isfinite(value)
    if kind is str:
        return value.isascii()
    return kind is bool or value is None or (kind is int and INT64_MIN <= value <= INT64_MAX)


def pack_whole(value: Any, column: str) -> Any:
    """Packed form of a value with all its bytes, for sending it.

    Raises:
        UnsupportedValue: it has no stored form; `column` is named.
    """
    return value if packs_itself(value) else pack(*cell_of(value, column))


def pack_value(value: Any, column: str, spill: Spill) -> Any:
    """Packed form of a value; the common kinds take the short way.

    Raises:
        UnsupportedValue: it has no stored form; `column` is named.
    """
    if packs_itself(value):
        return value
    cell = cell_of(value, column, spill)
    plain = cell[1]
    if type(plain) is MediaCell and plain.data is not None and len(plain.data) > INLINE_LIMIT:
        cell = (cell[0], _outside(plain, spill))
    return pack(*cell)


def _outside(cell: MediaCell, spill: Spill) -> MediaCell:
    """A log holds no large bytes: they go into a blob, where equal ones are kept once."""
    import orjson

    data = cell.data or b""
    digest = spill(data)
    meta = {**orjson.loads(cell.meta), "blob": [digest, len(data)]}
    return MediaCell(cell.logical, None, orjson.dumps(meta, option=orjson.OPT_SORT_KEYS).decode(), digest)


def unpack_row(cells: dict[str, Any], open_blob: OpenBlob) -> dict[str, Any]:
    """The values of a packed row."""
    for item in cells.values():
        if type(item) is dict or type(item) is list:
            return {name: unpack(packed, open_blob) for name, packed in cells.items()}
    return dict(cells)


def packed_cell(packed: Any, column: str) -> Cell:
    """The cell of a packed value, media left where they lie."""
    if packs_itself(packed):
        return _QUICK[type(packed)], packed
    try:
        if type(packed) is dict and packed.get("$") == "media":
            record = cast("dict[str, Any]", packed)
            if record["d"] is None:
                return (("media", record["t"]), media_cell_stored(record["t"], None, record["m"]))
        return cell_of(unpack(packed), column)
    except (LookupError, ValueError, TypeError, AttributeError, UsageError):
        # A newer release may have written it, or something broken: it is passed on as it is, and the
        # rows beside it are read all the same.
        return (PACKED, packed)


_QUICK: dict[type, Tag] = {float: "float", str: "str", bool: "bool", int: "int", type(None): NULL}
