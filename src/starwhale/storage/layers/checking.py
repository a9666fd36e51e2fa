"""Layer files that somebody else has written: looked at whole before anything reads them.

A layer file of our own is trusted as far as its checksums go. One that came over a network may say anything:
its checksums are those of whoever made it. So every claim of it is held against its content, and nothing in
it may take more memory than it has bytes, but for a bound.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, cast

import orjson
import pyarrow as pa
from pyarrow import compute

from starwhale.core.errors import Corrupted
from starwhale.storage.layers.checked_tags import DEEPEST, check_tag
from starwhale.storage.layers.columns import MEDIA_TYPE, arrow_type, decode_cells
from starwhale.storage.layers.columns import decode as decode_column
from starwhale.storage.layers.file import LayerFile
from starwhale.storage.layers.format import DIGEST, HAS, KEY, OP, TRAILER, Key, checksum, escape
from starwhale.storage.layers.tags import MIXED, Tag
from starwhale.storage.layers.unpacked import unpacked_bytes

pc = cast("Any", compute)  # its functions are made when it is imported, and have no stubs
#: Bytes that one batch may take when it is unpacked, and the index of a file.
LARGEST_BATCH = 256 << 20
LARGEST_INDEX = 16 << 20
_BLOB = re.compile(r"[0-9a-f]{64}")
_PARSED = frozenset({"bigint", "decimal", "uuid"})
# Arrow tells of much that is wrong with a file as if the disk were.
_WRONG = (
    pa.ArrowException,
    OSError,
    ValueError,
    KeyError,
    TypeError,
    IndexError,
    AttributeError,
    OverflowError,
    RecursionError,
    struct.error,
    ArithmeticError,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerFacts:
    """What a layer file truly holds.

    Attributes:
        rows: Number of rows, deletions included.
        first: Lowest key.
        last: Highest key.
        ops: Whether some row is not a plain upsert.
        refs: Blobs that its cells may refer to.
        tags: Column to type.
    """

    rows: int
    first: Key
    last: Key
    ops: bool
    refs: frozenset[str]
    tags: dict[str, Tag]


def check_layer(path: Path, name: str) -> LayerFacts:
    """Look at every byte of a layer file.

    Args:
        path: The file.
        name: Its digest, for messages.

    Raises:
        Corrupted: something in it is not as it says, or would take too much memory.
    """
    try:
        _check_index_size(path)
        return _Check(LayerFile(path, name)).facts()
    except Corrupted:
        raise
    except _WRONG as exc:
        raise Corrupted(f"layer {name[:12]} is none: {type(exc).__name__}") from exc


class _Check:
    """One file under examination."""

    def __init__(self, file: LayerFile) -> None:
        self._file = file
        self._refs = frozenset(map(blob_name, file.refs))
        for tag in file.tags.values():
            check_tag(tag)
        self._check_schema()

    def facts(self) -> LayerFacts:
        """What the file holds, all of it looked at."""
        rows, ops = 0, False
        last: Any = None
        first: Any = None
        for place in range(self._file.batches):
            batch = self._batch(place)
            keys = batch.column(0).to_pylist()
            if not keys or any(one >= other for one, other in pairwise(keys)):
                raise ValueError("keys are not in order")
            if first is not None and keys[0] <= last:
                raise ValueError("batches are not in order")
            if (self._file.firsts[place], self._file.lasts[place]) != (keys[0], keys[-1]):
                raise ValueError("the index names other keys")
            first, last = keys[0] if first is None else first, keys[-1]
            rows += len(keys)
            ops = self._check_columns(batch) or ops
        if first is None or rows != self._file.rows:
            raise ValueError("the index counts otherwise")
        return LayerFacts(
            rows=rows, first=first, last=last, ops=ops, refs=self._refs, tags=dict(self._file.tags)
        )

    def _check_schema(self) -> None:
        schema, tags = self._file.schema, self._file.tags
        wanted = {escape(name): arrow_type(tag) for name, tag in tags.items()}
        wanted |= {KEY: schema.field(0).type, OP: pa.int8(), DIGEST: pa.binary(16)}
        wanted |= {HAS + name: pa.bool_() for name in tags}
        names = schema.names
        if names[0] != KEY or schema.field(0).type not in (pa.int64(), pa.string()):
            raise ValueError("the first column is not the key")
        if len(set(names)) != len(names) or any(wanted.get(each.name) != each.type for each in schema):
            raise ValueError("the columns are not those that are told")
        if any(escape(name) not in names for name in tags):
            raise ValueError("a column is missing")

    def _batch(self, place: int) -> pa.RecordBatch:
        at, length, rows, expected = self._file.places[place]
        if not (0 <= at < 2**63 and 0 < length < 2**63):
            raise ValueError("a batch lies outside the file")
        piece = self._file.piece(at, length)
        if checksum(piece) != expected:
            raise ValueError("a batch is not what was written")
        message = pa.ipc.read_message(piece)
        if message.type != "record batch" or unpacked_bytes(message, LARGEST_BATCH) > LARGEST_BATCH:
            raise ValueError("a batch is too large")
        batch = pa.ipc.read_record_batch(message, self._file.schema)
        batch.validate(full=True)
        if batch.num_rows != rows:
            raise ValueError("the index counts otherwise")
        return batch

    def _check_columns(self, batch: pa.RecordBatch) -> bool:
        ops = False
        for name in batch.schema.names:
            column = batch.column(batch.schema.get_field_index(name))
            if (name in (KEY, OP, DIGEST) or name.startswith(HAS)) and column.null_count:
                raise ValueError("a column of ours has holes")
            if name == OP:
                found = set(column.unique().to_pylist())
                if not found <= {0, 1, 2}:
                    raise ValueError("unknown operation")
                ops = found != {0}
        for name, tag in self._file.tags.items():
            self._check_values(tag, batch.column(batch.schema.get_field_index(escape(name))))
        return ops

    def _check_values(self, tag: Tag, array: pa.Array) -> None:
        for media in _media(tag, array):
            self._check_descriptions(media.field(1).filter(media.is_valid()))
        if isinstance(tag, str) and tag in _PARSED:
            decode_column(tag, array, None)
        elif isinstance(tag, tuple) and tag[0] == "media":
            return
        elif tag == MIXED:
            for cell in array.field("x").drop_null().to_pylist():
                self._check_packed(orjson.loads(cell), 0)
            if any(record is not None and _values(record) != 1 for record in array.to_pylist()):
                raise ValueError("a cell has several values, or none")
        # Values that Python has not, such as a day of the year 10,000, would fail whoever reads them.
        decode_cells(tag, array)

    def _check_descriptions(self, texts: pa.Array) -> None:
        if texts.null_count:
            raise ValueError("media are not described")
        for text in texts.unique().to_pylist():
            self._check_description(text)

    def _check_description(self, text: str) -> None:
        described = orjson.loads(text)
        if not isinstance(described, dict):
            raise TypeError("a description is no object")
        told = cast("dict[str, Any]", described)
        if "blob" in told:
            digest, size = told["blob"]
            if blob_name(digest) not in self._refs or type(size) is not int or size < 0:
                raise ValueError("a cell refers to a blob that the file does not name")

    def _check_packed(self, packed: Any, depth: int) -> None:
        if depth > DEEPEST:
            raise ValueError("a value nests too deep")
        if isinstance(packed, dict):
            record = cast("dict[str, Any]", packed)
            if record.get("$") == "media":
                self._check_description(record["m"])
            for each in record.values():
                self._check_packed(each, depth + 1)
        elif isinstance(packed, list):
            for each in cast("list[Any]", packed):
                self._check_packed(each, depth + 1)


def _values(record: dict[str, Any]) -> int:
    return sum(value is not None for value in record.values())


def blob_name(digest: Any) -> str:
    """The digest of a blob.

    Raises:
        ValueError: it is none.
    """
    if not isinstance(digest, str) or not _BLOB.fullmatch(digest):
        raise ValueError("this is no digest")
    return digest


def _media(tag: Tag, array: pa.Array) -> Iterator[Any]:
    """The columns of media in a column, nested ones as well."""
    if isinstance(tag, str):
        return
    if tag[0] == "media":
        if array.type != MEDIA_TYPE:
            raise ValueError("media are stored otherwise")
        yield array
    elif tag[0] in ("list", "tuple"):
        yield from _media(tag[1], cast("Any", array).flatten())
    elif tag[0] == "struct":
        for place, field in enumerate(tag[2]):
            yield from _media(field, cast("Any", array).field(place))
    else:
        yield from _media(tag[2], array)


def _check_index_size(path: Path) -> None:
    size = path.stat().st_size
    if size < TRAILER.size:
        raise ValueError("it is too short")
    with path.open("rb") as file:
        file.seek(size - TRAILER.size)
        _, length, _ = TRAILER.unpack(file.read(TRAILER.size))
        if length > min(LARGEST_INDEX, size):
            raise ValueError("its index is too large")
        file.seek(size - TRAILER.size - length)
        check_weight(file.read(length))


def check_weight(text: bytes, most: int = 1_000_000) -> None:
    """See that JSON makes no more values than a bound, before it is read.

    Raises:
        ValueError: it might.
    """
    if sum(text.count(mark) for mark in (b",", b"[", b"{")) > most:
        raise ValueError("it has too many values")
