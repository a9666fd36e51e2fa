"""Cells to Arrow columns and back.

A column whose cells agree has their Arrow type; one whose cells disagree is a struct with a field
per sortable kind (`b`, `i`, `f`, `s`) and `x` for the packed rest, so that it still filters and
sorts by type.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

import orjson
import pyarrow as pa

from starwhale.core.types.registry import LOGICAL
from starwhale.storage.layers.cells import NULL_CELL, Cell
from starwhale.storage.layers.media import MediaCell, OpenBlob, media_cell_stored, reviver
from starwhale.storage.layers.packed import pack, unpack
from starwhale.storage.layers.tags import MIXED, NULL, PACKED, Tag, is_natural, unify_all
from starwhale.storage.pandas_apart import keep_pandas_apart

keep_pandas_apart()

MIXED_TYPE = pa.struct(
    [("b", pa.bool_()), ("i", pa.int64()), ("f", pa.float64()), ("s", pa.string()), ("x", pa.binary())]
)
MEDIA_TYPE = pa.struct([("data", pa.binary()), ("meta", pa.string())])

_SCALAR_TYPES: dict[str, pa.DataType] = {
    NULL: pa.null(),
    "bool": pa.bool_(),
    "int": pa.int64(),
    "float": pa.float64(),
    "str": pa.string(),
    "bytes": pa.binary(),
    "bigint": pa.string(),
    "decimal": pa.string(),
    "uuid": pa.string(),
    "datetime": pa.timestamp("us"),
    "instant": pa.timestamp("us", "UTC"),
    "date": pa.date32(),
    "time": pa.time64("us"),
    "duration": pa.duration("us"),
    "complex": pa.struct([("re", pa.float64()), ("im", pa.float64())]),
    MIXED: MIXED_TYPE,
}
_FROM_TEXT: dict[str, Callable[[str], Any]] = {"bigint": int, "decimal": Decimal, "uuid": UUID}
_MIXED_FIELD = {"bool": 0, "int": 1, "float": 2, "str": 3}
_MIXED_TAG = {"b": "bool", "i": "int", "f": "float", "s": "str"}


def arrow_type(tag: Tag) -> pa.DataType:
    """Arrow type in which a column of `tag` is stored."""
    if isinstance(tag, str):
        return _SCALAR_TYPES[tag]
    shape = tag[0]
    if shape in ("list", "tuple"):
        return pa.list_(arrow_type(tag[1]))
    if shape == "struct":
        return pa.struct(
            [(name, arrow_type(field)) for name, field in zip(tag[1], tag[2], strict=True)],
        )
    return MEDIA_TYPE if shape == "media" else arrow_type(tag[2])


def build(cells: Sequence[Cell | None], tag: Tag) -> pa.Array:
    """One column of `tag` from its cells; None stands for an absent cell."""
    if tag == MIXED:
        return _build_mixed(cells)
    return _build(tag, [None if cell is None else cell[1] for cell in cells])


def column_tag(cells: Sequence[Cell | None]) -> Tag:
    """The tag that holds all `cells`."""
    return unify_all({cell[0] for cell in cells if cell is not None})


def _build(tag: Tag, plains: Sequence[Any]) -> pa.Array:
    if isinstance(tag, str) or is_natural(tag):
        return pa.array(plains, type=arrow_type(tag))
    shape = tag[0]
    if shape in ("list", "tuple"):
        return _build_list(tag, plains)
    if shape == "struct":
        return _build_struct(tag, plains)
    return _build_media(plains) if shape == "media" else _build(tag[2], plains)


def _mask(plains: Sequence[Any]) -> pa.Array | None:
    missing = [plain is None for plain in plains]
    return pa.array(missing, type=pa.bool_()) if any(missing) else None


def _build_list(tag: tuple[Any, ...], plains: Sequence[list[Any] | None]) -> pa.Array:
    offsets = [0]
    flat: list[Any] = []
    for plain in plains:
        if plain is not None:
            flat.extend(plain)
        offsets.append(len(flat))
    return pa.ListArray.from_arrays(
        pa.array(offsets, type=pa.int32()), _build(tag[1], flat), type=arrow_type(tag), mask=_mask(plains)
    )


def _build_struct(tag: tuple[Any, ...], plains: Sequence[dict[str, Any] | None]) -> pa.Array:
    children = [
        _build(field, [None if plain is None else plain[name] for plain in plains])
        for name, field in zip(tag[1], tag[2], strict=True)
    ]
    fields = [pa.field(name, child.type) for name, child in zip(tag[1], children, strict=True)]
    return pa.StructArray.from_arrays(children, fields=fields, mask=_mask(plains))


def _build_media(cells: Sequence[MediaCell | None]) -> pa.Array:
    data = pa.array([None if cell is None else cell.data for cell in cells], type=pa.binary())
    meta = pa.array([None if cell is None else cell.meta for cell in cells], type=pa.string())
    return pa.StructArray.from_arrays([data, meta], fields=list(MEDIA_TYPE), mask=_mask(cells))


def _build_mixed(cells: Sequence[Cell | None]) -> pa.Array:
    fields: list[list[Any]] = [[None] * len(cells) for _ in range(5)]
    missing: list[bool] = []
    for row, cell in enumerate(cells):
        missing.append(cell is None or cell[1] is None)
        if cell is None or cell[1] is None:
            continue
        place = _MIXED_FIELD.get(cell[0], 4) if isinstance(cell[0], str) else 4
        fields[place][row] = orjson.dumps(pack(*cell)) if place == 4 else cell[1]
    children = [pa.array(values, type=kind.type) for values, kind in zip(fields, MIXED_TYPE, strict=True)]
    return pa.StructArray.from_arrays(children, fields=list(MIXED_TYPE), mask=pa.array(missing, pa.bool_()))


def decode(tag: Tag, array: pa.Array, open_blob: OpenBlob | None) -> list[Any]:
    """The values of a column, one per row; null is None."""
    if isinstance(tag, str):
        return _decode_scalar(tag, array, open_blob)
    if is_natural(tag):
        return cast("list[Any]", array.to_pylist())
    shape = tag[0]
    if shape == "media":
        restore = reviver(tag[1], open_blob)
        data, meta = array.field(0).to_pylist(), array.field(1).to_pylist()
        if array.null_count == 0:
            return list(map(restore, data, meta))
        return [None if text is None else restore(item, text) for item, text in zip(data, meta, strict=True)]
    if shape == "plain":
        restore_plain = LOGICAL[tag[1]].from_plain
        return [None if item is None else restore_plain(item) for item in decode(tag[2], array, open_blob)]
    return _decode_list(tag, array, open_blob) if shape != "struct" else _decode_struct(tag, array, open_blob)


def _decode_scalar(tag: str, array: pa.Array, open_blob: OpenBlob | None) -> list[Any]:
    if tag in ("int", "float") and array.null_count == 0:
        return numbers(array).tolist()
    if tag in _FROM_TEXT:
        convert = _FROM_TEXT[tag]
        return [None if text is None else convert(text) for text in array.to_pylist()]
    if tag == "complex":
        return [None if item is None else complex(item["re"], item["im"]) for item in array.to_pylist()]
    return _decode_mixed(array, open_blob) if tag == MIXED else cast("list[Any]", array.to_pylist())


def _decode_mixed(array: pa.Array, open_blob: OpenBlob | None) -> list[Any]:
    values: list[Any] = []
    for record in array.to_pylist():
        if record is None:
            values.append(None)
            continue
        packed = record["x"]
        if packed is not None:
            values.append(unpack(orjson.loads(packed), open_blob))
        else:
            values.append(next((record[name] for name in "bifs" if record[name] is not None), None))
    return values


def _decode_list(tag: tuple[Any, ...], array: pa.Array, open_blob: OpenBlob | None) -> list[Any]:
    flat = decode(tag[1], array.flatten(), open_blob)
    make: Callable[[list[Any]], Any] = tuple if tag[0] == "tuple" else list
    values: list[Any] = []
    at = 0
    for length in array.value_lengths().to_pylist():
        if length is None:
            values.append(None)
        else:
            values.append(make(flat[at : at + length]))
            at += length
    return values


def _decode_struct(tag: tuple[Any, ...], array: pa.Array, open_blob: OpenBlob | None) -> list[Any]:
    names = tag[1]
    columns = [decode(field, array.field(place), open_blob) for place, field in enumerate(tag[2])]
    records: list[Any] = [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]
    if array.null_count:
        for row, valid in enumerate(array.is_valid().to_pylist()):
            if not valid:
                records[row] = None
    return records


def decode_cells(tag: Tag, array: pa.Array) -> list[Cell]:
    """The cells of a column again, media left as they lie: for rewriting rows without reading media."""
    if tag == MIXED:
        return [_mixed_cell(record) for record in array.to_pylist()]
    return [(tag, plain) for plain in _plains(tag, array)]


def cell_at(tag: Tag, array: pa.Array, row: int) -> Cell:
    """One of `decode_cells`, without looking at the others."""
    if isinstance(tag, str) and tag != MIXED:
        return (tag, array[row].as_py())
    return decode_cells(tag, array.slice(row, 1))[0]


def _mixed_cell(record: dict[str, Any] | None) -> Cell:
    if record is None:
        return NULL_CELL
    if record["x"] is not None:
        return (PACKED, orjson.loads(record["x"]))
    name = next(name for name in "bifs" if record[name] is not None)
    return (_MIXED_TAG[name], record[name])


def _plains(tag: Tag, array: pa.Array) -> list[Any]:
    if isinstance(tag, str) or is_natural(tag):
        return cast("list[Any]", array.to_pylist())
    shape = tag[0]
    if shape == "media":
        data, meta = array.field(0).to_pylist(), array.field(1).to_pylist()
        return [
            None if text is None else media_cell_stored(tag[1], item, text)
            for item, text in zip(data, meta, strict=True)
        ]
    if shape in ("list", "tuple"):
        flat, at, lists = _plains(tag[1], array.flatten()), 0, list[Any]()
        for length in array.value_lengths().to_pylist():
            lists.append(None if length is None else flat[at : at + length])
            at += length or 0
        return lists
    if shape == "plain":
        return _plains(tag[2], array)
    columns = [_plains(field, array.field(place)) for place, field in enumerate(tag[2])]
    valid = array.is_valid().to_pylist()
    return [
        dict(zip(tag[1], row, strict=True)) if present else None
        for present, row in zip(valid, zip(*columns, strict=True), strict=True)
    ]


def getter(tag: Tag, array: pa.Array, open_blob: OpenBlob | None) -> Callable[[int], Any]:
    """A function from row number to value, for single reads: nothing but that row is touched."""
    if tag in ("int", "float") and array.null_count == 0:
        return numbers(array).__getitem__
    if isinstance(tag, tuple) and tag[0] == "media" and array.null_count == 0:
        restore = reviver(tag[1], open_blob)
        data, meta = array.field(0), array.field(1)
        if data.null_count == 0:
            take, text = _bytes_getter(data), _bytes_getter(meta)
            return lambda row: restore(take(row), text(row).decode())
    return lambda row: decode(tag, array.slice(row, 1), open_blob)[0]


def numbers(array: pa.Array) -> memoryview[Any]:
    """The 64-bit integers or floats of a column without nulls, where they lie.

    `to_numpy` would do, but it looks for pandas each time until it is there.
    """
    data = array.buffers()[1]
    if data is None:
        return memoryview(b"")
    view = memoryview(data).cast("q" if pa.types.is_int64(array.type) else "d")
    return view[array.offset : array.offset + len(array)]


def _bytes_getter(array: pa.Array) -> Callable[[int], bytes]:
    _, offsets_buffer, data_buffer = array.buffers()
    offsets = memoryview(offsets_buffer).cast("i")[array.offset : array.offset + len(array) + 1]
    data = memoryview(data_buffer) if data_buffer is not None else memoryview(b"")
    return lambda row: bytes(data[offsets[row] : offsets[row + 1]])
