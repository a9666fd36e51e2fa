"""Values on their way into the log of a table and back."""

from __future__ import annotations

from math import isfinite
from typing import Any, cast

from starwhale.storage.layers.cells import INT64_MAX, INT64_MIN, Cell, Spill, cell_of
from starwhale.storage.layers.media import MediaCell, OpenBlob, media_cell_stored
from starwhale.storage.layers.packed import pack, unpack

INLINE_LIMIT = 4096


def pack_value(value: Any, column: str, spill: Spill) -> Any:
    """Packed form of a value; the common kinds take the short way.

    Raises:
        UnsupportedValue: it has no stored form; `column` is named.
    """
    kind = type(value)
    if kind is float:
        if isfinite(value):
            return value
    elif kind is str:
        if value.isascii():
            return value
    elif kind is bool or value is None or (kind is int and INT64_MIN <= value <= INT64_MAX):
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
    if type(packed) is dict and packed.get("$") == "media":
        record = cast("dict[str, Any]", packed)
        if record["d"] is None:
            return (("media", record["t"]), media_cell_stored(record["t"], None, record["m"]))
    return cell_of(unpack(packed), column)
