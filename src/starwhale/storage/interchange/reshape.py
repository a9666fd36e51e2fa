"""Media inside columns, in the form of layers and in the form other tools understand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import pyarrow as pa

from starwhale.storage.layers.columns import MEDIA_TYPE
from starwhale.storage.layers.tags import MIXED, Tag, is_natural

OUTSIDE = pa.struct([("bytes", pa.binary()), ("path", pa.string()), ("meta", pa.string())])
"""Media as others know it: Hugging Face reads images and audio of `bytes` and `path`."""

Leaf = Callable[[pa.StructArray], pa.Array]


def reshape(tag: Tag, array: pa.Array, leaf: Leaf) -> pa.Array:
    """`array`, a column of `tag`, with `leaf` applied to the media in it however deep they lie."""
    if isinstance(tag, str) or is_natural(tag):
        return array
    shape = tag[0]
    if shape == "media":
        return leaf(array)
    if shape == "plain":
        return reshape(tag[2], array, leaf)
    missing = array.is_null() if array.null_count else None
    if shape == "struct":
        children = [reshape(field, array.field(place), leaf) for place, field in enumerate(tag[2])]
        fields = [pa.field(name, child.type) for name, child in zip(tag[1], children, strict=True)]
        return pa.StructArray.from_arrays(children, fields=fields, mask=missing)
    inner = reshape(tag[1], array.flatten(), leaf)
    offsets, at = [0], 0
    for length in array.value_lengths().to_pylist():
        at += length or 0
        offsets.append(at)
    return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), inner, mask=missing)


def outside_type(tag: Tag, natural: Callable[[Tag], pa.DataType]) -> pa.DataType:
    """Arrow type of a column of `tag` in the form other tools understand."""
    if isinstance(tag, str) or is_natural(tag):
        return natural(tag)
    shape = tag[0]
    if shape == "media":
        return OUTSIDE
    if shape == "plain":
        return outside_type(tag[2], natural)
    if shape == "struct":
        fields = [(name, outside_type(field, natural)) for name, field in zip(tag[1], tag[2], strict=True)]
        return pa.struct(fields)
    return pa.list_(outside_type(tag[1], natural))


def inward(media: pa.StructArray) -> pa.Array:
    """Media of other tools' form in that of layers."""
    missing = media.is_null() if media.null_count else None
    return pa.StructArray.from_arrays([media.field(0), media.field(2)], fields=list(MEDIA_TYPE), mask=missing)


def exportable(tag: Tag) -> Tag:
    """`tag`, or "mixed" where the formats of others have no such type: a record without fields."""
    return MIXED if _has_empty_record(tag) else tag


def _has_empty_record(tag: Any) -> bool:
    if isinstance(tag, str):
        return False
    parts = cast("tuple[Any, ...]", tag)
    if parts[0] == "struct":
        return not parts[1] or any(_has_empty_record(field) for field in parts[2])
    return any(_has_empty_record(part) for part in parts[1:] if isinstance(part, tuple))
