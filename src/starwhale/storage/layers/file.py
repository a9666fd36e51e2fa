"""Reading a layer file through a memory map; `layers.format` says what it looks like."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

import orjson
import pyarrow as pa
import xxhash

from starwhale.core.errors import Corrupted
from starwhale.storage.layers.batch import Batch
from starwhale.storage.layers.format import END_OF_STREAM, FORMAT, MAGIC, TRAILER, Key, checksum
from starwhale.storage.layers.media import OpenBlob
from starwhale.storage.layers.tags import Tag, from_json


class LayerFile:
    """Reads a layer file through a memory map.

    Args:
        path: The file.
        name: Its digest, for errors.
        open_blob: Opens media that lie outside the rows.

    Raises:
        Corrupted: it is not what was written, or a later release wrote it.
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
        metadata = cast("dict[bytes, bytes]", self.schema.metadata or {})
        described = orjson.loads(metadata.get(b"starwhale", b"{}"))
        self._check_format(described.get("format"))
        self.tags: dict[str, Tag] = {name: from_json(tag) for name, tag in described["tags"].items()}
        self.batch = lru_cache(maxsize=512)(self._batch)

    def _read_index(self) -> dict[str, Any]:
        size = self._buffer.size
        if size < TRAILER.size:
            raise Corrupted(f"layer {self.name} is cut short: {size} bytes")
        expected, length, magic = TRAILER.unpack(self._buffer[size - TRAILER.size :].to_pybytes())
        if magic[:-1] == MAGIC[:-1] and magic[-1:].isalnum():
            self._check_format(int(magic[-1:], 36))
        if magic != MAGIC or length + len(END_OF_STREAM) > size - TRAILER.size:
            raise Corrupted(f"layer {self.name} is cut short or overwritten at its end")
        begin = size - TRAILER.size - length - len(END_OF_STREAM)
        text = self._buffer[begin : size - TRAILER.size].to_pybytes()
        if xxhash.xxh3_64_intdigest(text) != expected:
            raise Corrupted(f"the index of layer {self.name} is not what was written")
        index = cast("dict[str, Any]", orjson.loads(text[len(END_OF_STREAM) :]))
        self._check_format(index.get("format"))
        return index

    def _check_format(self, found: object) -> None:
        if found != FORMAT:
            raise Corrupted(
                f"layer {self.name} has format {found!r}, this release reads {FORMAT}",
                hint="upgrade Starwhale to read it",
            )

    def _schema_message(self, length: int, expected: str) -> pa.Buffer:
        message = self._buffer[:length]
        if checksum(message) != expected:
            raise Corrupted(f"the schema of layer {self.name} is not what was written")
        return message

    @property
    def batches(self) -> int:
        """Number of record batches."""
        return len(self._batches)

    @property
    def batch_rows(self) -> list[int]:
        """Number of rows in each record batch."""
        return [entry[2] for entry in self._batches]

    def _batch(self, place: int) -> Batch:
        at, length, _rows, _first, _last, expected = self._batches[place]
        piece = self._buffer[at : at + length]
        if checksum(piece) != expected:
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
