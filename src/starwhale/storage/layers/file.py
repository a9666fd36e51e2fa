"""One layer file: an Arrow IPC stream of rows sorted by key, and behind it an index.

    schema message, record batches, end-of-stream mark     any Arrow stream reader reads this part
    index: JSON                                            place, rows, key range, checksum per batch
    xxh3 of the mark and the index (8 bytes), length of the index (8), magic (8)

Columns: ``$key`` (int64 or string, strictly ascending), ``$op`` (absent where all rows are plain
upserts), ``$digest`` (128 bits per row, datasets only), a column per feature under its own name
(a leading "$" is written "$$"), and ``$has:NAME`` where only some rows carry the feature.
The schema and each batch have a checksum that is tested the first time they are touched.
"""

from __future__ import annotations

import struct
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, cast

import orjson
import pyarrow as pa
import xxhash

from starwhale.core.errors import Corrupted
from starwhale.storage.layers.cells import Cell
from starwhale.storage.layers.columns import arrow_type, build, column_tag, decode, decode_cells, getter
from starwhale.storage.layers.media import OpenBlob
from starwhale.storage.layers.tags import Tag, from_json, to_json

Key = int | str
FORMAT = 1
MAGIC = b"SWLAYER1"
TRAILER = struct.Struct("<QQ8s")
END_OF_STREAM = b"\xff\xff\xff\xff\x00\x00\x00\x00"

UPSERT, REPLACE, DELETE = 0, 1, 2
KEY, OP, DIGEST, HAS = "$key", "$op", "$digest", "$has:"

BATCH_BYTES = 256 * 1024
# Compressed batches are read whole, by queries more than by single reads.
COMPRESSED_BATCH_BYTES = 4 * 1024 * 1024
BATCH_ROWS = 8192


@dataclass(frozen=True, slots=True)
class LayerRow:
    """One row on its way into a layer.

    Attributes:
        op: UPSERT merges into older rows, REPLACE hides them, DELETE hides and adds nothing.
        cells: Feature name to cell.
        size: Approximate bytes, for cutting batches.
        digest: 16 bytes over the change, or None in tables.
    """

    op: int
    cells: dict[str, Cell]
    size: int
    digest: bytes | None


def escape(name: str) -> str:
    """Arrow column name of a feature."""
    return "$" + name if name.startswith("$") else name


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoded:
    """A finished layer file, not yet stored."""

    data: pa.Buffer
    rows: int
    first: Key
    last: Key
    ops: bool
    tags: dict[str, Tag]


def encode(keys: Sequence[Key], rows: Sequence[LayerRow], refs: Sequence[str], *, compress: bool) -> Encoded:
    """Write rows into one layer file in memory.

    Args:
        keys: All int or all str, strictly ascending, at least one.
        rows: As many rows.
        refs: Digests of blobs that cells of these rows refer to.
        compress: LZ4 for every batch: for text and sparse columns; single reads get slower.
    """
    names = list(dict.fromkeys(name for row in rows for name in row.cells))
    columns = {name: [row.cells.get(name) for row in rows] for name in names}
    tags = {name: column_tag(cells) for name, cells in columns.items()}
    arrays, ops = _arrays(keys, rows, columns, tags)
    schema = pa.schema(
        [pa.field(name, array.type) for name, array in arrays.items()],
        metadata={b"starwhale": orjson.dumps({"format": FORMAT, "tags": _tags_json(tags)})},
    )
    whole = pa.RecordBatch.from_arrays(list(arrays.values()), schema=schema)
    sink = pa.BufferOutputStream()
    options = pa.ipc.IpcWriteOptions(compression="lz4" if compress else None)
    places: list[tuple[int, int, int, int]] = []
    head = schema.serialize().size
    with pa.ipc.new_stream(sink, schema, options=options) as writer:
        for start, stop in _cut(
            [row.size for row in rows], COMPRESSED_BATCH_BYTES if compress else BATCH_BYTES
        ):
            # The writer sends the schema together with the first batch.
            at = sink.tell() or head
            writer.write_batch(whole.slice(start, stop - start))
            places.append((at, sink.tell() - at, start, stop))
    body = sink.getvalue()
    index = {
        "format": FORMAT,
        "rows": len(rows),
        "schema": [head, _checksum(body[:head])],
        "batches": [
            [at, length, stop - start, keys[start], keys[stop - 1], _checksum(body[at : at + length])]
            for at, length, start, stop in places
        ],
        "refs": sorted(set(refs)),
    }
    return Encoded(
        data=_with_index(body, index), rows=len(rows), first=keys[0], last=keys[-1], ops=ops, tags=tags
    )


def _with_index(body: pa.Buffer, index: dict[str, Any]) -> pa.Buffer:
    text = orjson.dumps(index)
    out = pa.BufferOutputStream()
    out.write(body)
    out.write(text)
    out.write(TRAILER.pack(xxhash.xxh3_64_intdigest(END_OF_STREAM + text), len(text), MAGIC))
    return out.getvalue()


def _tags_json(tags: dict[str, Tag]) -> dict[str, Any]:
    return {name: to_json(tag) for name, tag in tags.items()}


def _checksum(buffer: pa.Buffer) -> str:
    return xxhash.xxh3_64_hexdigest(cast("Any", memoryview(buffer)))


def _arrays(
    keys: Sequence[Key],
    rows: Sequence[LayerRow],
    columns: dict[str, list[Cell | None]],
    tags: dict[str, Tag],
) -> tuple[dict[str, pa.Array], bool]:
    arrays: dict[str, pa.Array] = {
        KEY: pa.array(keys, type=pa.int64() if isinstance(keys[0], int) else pa.string())
    }
    ops = any(row.op != UPSERT for row in rows)
    if ops:
        arrays[OP] = pa.array([row.op for row in rows], type=pa.int8())
    if rows[0].digest is not None:
        arrays[DIGEST] = pa.array([row.digest for row in rows], type=pa.binary(16))
    for name, cells in columns.items():
        arrays[escape(name)] = build(cells, tags[name])
        if None in cells:
            arrays[HAS + name] = pa.array([cell is not None for cell in cells], type=pa.bool_())
    return arrays, ops


def _cut(sizes: Sequence[int], most: int) -> list[tuple[int, int]]:
    """Cut rows into batches of about `most` bytes, never more than BATCH_ROWS."""
    cuts: list[tuple[int, int]] = []
    start = size = 0
    for row, row_size in enumerate(sizes):
        if row > start and (size + row_size > most or row - start >= BATCH_ROWS):
            cuts.append((start, row))
            start, size = row, 0
        size += row_size
    cuts.append((start, len(sizes)))
    return cuts


class Batch:
    """A verified record batch of a layer, with its columns ready for single and whole reads."""

    def __init__(self, batch: pa.RecordBatch, tags: dict[str, Tag], open_blob: OpenBlob | None) -> None:
        self.arrow = batch
        self.rows: int = batch.num_rows
        self._tags = tags
        self._open_blob = open_blob
        self._columns = {name: place for place, name in enumerate(batch.schema.names)}

    def _column(self, name: str) -> pa.Array | None:
        place = self._columns.get(name)
        return None if place is None else self.arrow.column(place)

    @cached_property
    def keys(self) -> Sequence[Any]:
        """Keys in order; a view of the mapped column for ints."""
        column = self.arrow.column(0)
        return memoryview(column.to_numpy()) if pa.types.is_int64(column.type) else column.to_pylist()

    @cached_property
    def ops(self) -> Sequence[int] | None:
        """Operation per row, or None where all rows are upserts."""
        column = self._column(OP)
        return None if column is None else cast("Sequence[int]", column.to_pylist())

    @cached_property
    def _getters(self) -> list[tuple[str, Callable[[int], Any], Callable[[int], Any] | None]]:
        result: list[tuple[str, Callable[[int], Any], Callable[[int], Any] | None]] = []
        for name, tag in self._tags.items():
            column = self._column(escape(name))
            has = self._column(HAS + name)
            present = None if has is None else cast("list[bool]", has.to_pylist()).__getitem__
            result.append((name, getter(tag, cast("pa.Array", column), self._open_blob), present))
        return result

    @property
    def partial(self) -> bool:
        """Whether some row carries only some of the features."""
        return any(name.startswith(HAS) for name in self._columns)

    def find(self, key: Key) -> int | None:
        """Row number of `key`, or None."""
        keys = self.keys
        row = bisect_left(keys, key)
        return row if row < self.rows and keys[row] == key else None

    def row(self, row: int) -> dict[str, Any]:
        """The features that row `row` carries."""
        return {name: get(row) for name, get, present in self._getters if present is None or present(row)}

    @cached_property
    def digests(self) -> list[bytes]:
        """Stored digest of the change in each row; empty in tables."""
        column = self._column(DIGEST)
        return [] if column is None else cast("list[bytes]", column.to_pylist())

    def digest(self, row: int) -> bytes | None:
        """The stored digest of the change in row `row`."""
        column = self._column(DIGEST)
        return None if column is None else cast("bytes", column[row].as_py())

    def slice(self, start: int, stop: int) -> Batch:
        """Rows `start` to `stop`, without copying."""
        if start == 0 and stop == self.rows:
            return self
        return Batch(self.arrow.slice(start, stop - start), self._tags, self._open_blob)

    def layer_rows(self) -> list[LayerRow]:
        """All rows in the form in which layers are written, for rewriting them."""
        columns: list[tuple[str, list[Cell], list[bool] | None]] = []
        for name, tag in self._tags.items():
            has = self._column(HAS + name)
            present = None if has is None else cast("list[bool]", has.to_pylist())
            columns.append((name, decode_cells(tag, cast("pa.Array", self._column(escape(name)))), present))
        digests = self._column(DIGEST)
        stored = [None] * self.rows if digests is None else cast("list[Any]", digests.to_pylist())
        ops = self.ops or [UPSERT] * self.rows
        size = self.arrow.nbytes // max(1, self.rows) + 1
        return [
            LayerRow(
                ops[row],
                {name: cells[row] for name, cells, present in columns if present is None or present[row]},
                size,
                stored[row],
            )
            for row in range(self.rows)
        ]

    def decode(self) -> list[dict[str, Any]]:
        """All rows as dicts of the features each carries."""
        names = list(self._tags)
        columns = [
            decode(tag, cast("pa.Array", self._column(escape(name))), self._open_blob)
            for name, tag in self._tags.items()
        ]
        if not names:
            return [{} for _ in range(self.rows)]
        records = [dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)]
        for name in names:
            has = self._column(HAS + name)
            if has is not None:
                for record, present in zip(records, has.to_pylist(), strict=True):
                    if not present:
                        del record[name]
        return records


class LayerFile:
    """Reads a layer file through a memory map.

    Args:
        path: The file.
        name: Its digest, for errors.
        open_blob: Opens media that lie outside the rows.
    """

    def __init__(self, path: Path, name: str, open_blob: OpenBlob | None = None) -> None:
        self.name = name
        self._open_blob = open_blob
        with pa.memory_map(str(path)) as source:
            self._buffer: pa.Buffer = source.read_buffer()
        index = self._read_index()
        self.rows: int = index["rows"]
        self.refs: list[str] = index["refs"]
        self._batches: list[list[Any]] = index["batches"]
        self.firsts: list[Key] = [entry[3] for entry in self._batches]
        self.lasts: list[Key] = [entry[4] for entry in self._batches]
        self.schema: pa.Schema = pa.ipc.read_schema(self._schema_message(*index["schema"]))
        described = orjson.loads(cast("dict[bytes, bytes]", self.schema.metadata)[b"starwhale"])
        self.tags: dict[str, Tag] = {name: from_json(tag) for name, tag in described["tags"].items()}
        self.batch = lru_cache(maxsize=512)(self._batch)

    def _read_index(self) -> dict[str, Any]:
        size = self._buffer.size
        if size < TRAILER.size:
            raise Corrupted(f"layer {self.name} is cut short: {size} bytes")
        checksum, length, magic = TRAILER.unpack(self._buffer[size - TRAILER.size :].to_pybytes())
        if magic != MAGIC or length + len(END_OF_STREAM) > size - TRAILER.size:
            raise Corrupted(f"layer {self.name} is cut short or overwritten at its end")
        begin = size - TRAILER.size - length - len(END_OF_STREAM)
        text = self._buffer[begin : size - TRAILER.size].to_pybytes()
        if xxhash.xxh3_64_intdigest(text) != checksum:
            raise Corrupted(f"the index of layer {self.name} is not what was written")
        return cast("dict[str, Any]", orjson.loads(text[len(END_OF_STREAM) :]))

    def _schema_message(self, length: int, checksum: str) -> pa.Buffer:
        message = self._buffer[:length]
        if _checksum(message) != checksum:
            raise Corrupted(f"the schema of layer {self.name} is not what was written")
        return message

    @property
    def batches(self) -> int:
        """Number of record batches."""
        return len(self._batches)

    def batch_rows(self, place: int) -> int:
        """Rows of batch `place`, without reading it."""
        return cast("int", self._batches[place][2])

    def _batch(self, place: int) -> Batch:
        at, length, _rows, _first, _last, checksum = self._batches[place]
        piece = self._buffer[at : at + length]
        if _checksum(piece) != checksum:
            raise Corrupted(
                f"rows {self.firsts[place]!r} to {self.lasts[place]!r} in layer {self.name} "
                "are not what was written",
                hint="copy the version again from another instance",
            )
        message = pa.ipc.read_message(piece)
        return Batch(pa.ipc.read_record_batch(message, self.schema), self.tags, self._open_blob)

    def first_batch_reaching(self, key: Key) -> int:
        """Number of the first batch whose last key is at or above `key`."""
        return bisect_left(cast("Any", self.lasts), key)

    def find(self, key: Key) -> tuple[Batch, int] | None:
        """Batch and row number of `key`, or None."""
        place = bisect_right(cast("Any", self.firsts), key) - 1
        if place < 0:
            return None
        batch = self.batch(place)
        row = batch.find(key)
        return None if row is None else (batch, row)

    def verify(self) -> None:
        """Test the checksum of every batch.

        Raises:
            Corrupted: naming the first batch that fails.
        """
        for place in range(self.batches):
            self._batch(place)


def empty_arrow(tags: dict[str, Tag], key_type: pa.DataType) -> pa.Table:
    """A table without rows in the layout of a layer."""
    fields = [
        pa.field(KEY, key_type),
        *(pa.field(escape(name), arrow_type(tag)) for name, tag in tags.items()),
    ]
    return pa.schema(fields).empty_table()
