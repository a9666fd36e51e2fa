"""Writing a layer file; `layers.format` says what it looks like."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson
import pyarrow as pa
import xxhash

from starwhale.storage.layers.cells import Cell
from starwhale.storage.layers.columns import build, column_tag
from starwhale.storage.layers.format import (
    BATCH_BYTES,
    BATCH_ROWS,
    COMPRESSED_BATCH_BYTES,
    DIGEST,
    END_OF_STREAM,
    FORMAT,
    HAS,
    KEY,
    MAGIC,
    OP,
    TRAILER,
    UPSERT,
    Key,
    checksum,
    escape,
)
from starwhale.storage.layers.tags import Tag, to_json


@dataclass(slots=True)  # not frozen: hundreds of thousands are made, and that doubles what one costs
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
        "schema": [head, checksum(body[:head])],
        "batches": [
            [at, length, stop - start, keys[start], keys[stop - 1], checksum(body[at : at + length])]
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
