"""Reading a layer file; `layers.format` says what it looks like."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Sequence
from functools import partial
from pathlib import Path
from typing import Any, cast

import orjson
import pyarrow as pa
import xxhash

from starwhale.core.errors import Corrupted
from starwhale.storage.layers.batch import Batch
from starwhale.storage.layers.format import END_OF_STREAM, FORMAT, MAGIC, TRAILER, Key, checksum
from starwhale.storage.layers.media import OpenBlob
from starwhale.storage.layers.memory import MEMORY, bytes_outside
from starwhale.storage.layers.pieces import Pieces, Ranged
from starwhale.storage.layers.tags import Tag, from_json

# What a key costs as a Python string, which scans make of all of them.
_TEXT_KEY = 64


class LayerFile:
    """Reads a layer file, through a memory map where it lies on this machine.

    Args:
        source: The file, or whoever fetches parts of it.
        name: Its digest, for errors.
        open_blob: Opens media that lie outside the rows.

    Raises:
        Corrupted: it is not what was written, or a later release wrote it.
    """

    def __init__(self, source: Path | Ranged, name: str, open_blob: OpenBlob | None = None) -> None:
        self.name = name
        self._open_blob = open_blob
        self._pieces = Pieces(source)
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
        # Two opened files of one digest must not hand out batches that open media in each other's store.
        self._mark = object()
        self._verified: set[int] = set()
        self._share: float | None = None

    def _read_index(self) -> dict[str, Any]:
        size = self._pieces.size
        if size < TRAILER.size:
            raise Corrupted(f"layer {self.name} is cut short: {size} bytes")
        expected, length, magic = TRAILER.unpack(
            self._pieces.read(size - TRAILER.size, TRAILER.size).to_pybytes()
        )
        if magic[:-1] == MAGIC[:-1] and magic[-1:].isalnum():
            self._check_format(int(magic[-1:], 36))
        if magic != MAGIC or length + len(END_OF_STREAM) > size - TRAILER.size:
            raise Corrupted(f"layer {self.name} is cut short or overwritten at its end")
        begin = size - TRAILER.size - length - len(END_OF_STREAM)
        text = self._pieces.read(begin, size - TRAILER.size - begin).to_pybytes()
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
        message = self._pieces.read(0, length)
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

    def batch(self, place: int) -> Batch:
        """One record batch; it stays decoded as long as there is room.

        Raises:
            Corrupted: it is not what was written.
        """
        return MEMORY.once((self._mark, place), lambda: self._batch(place), partial(self._cost, place))

    @property
    def places(self) -> list[tuple[int, int, int, str]]:
        """First byte, bytes, rows and checksum of each record batch, as the index tells them."""
        return [(entry[0], entry[1], entry[2], entry[5]) for entry in self._batches]

    def piece(self, at: int, length: int) -> pa.Buffer:
        """Some bytes of the file, less where it ends sooner."""
        return self._pieces.read(at, length)

    def _batch(self, place: int) -> Batch:
        message = pa.ipc.read_message(self._piece(place))
        return Batch(pa.ipc.read_record_batch(message, self.schema), self.tags, self._open_blob)

    def _cost(self, place: int, batch: Batch) -> int:
        texts = 0 if isinstance(self.firsts[0], int) else _TEXT_KEY * batch.rows
        length = self._batches[place][1]
        if self._share is None:
            # What one batch of a file shows holds for all: asking each takes a tenth of a scan.
            self._share = bytes_outside(batch.arrow.columns, self._pieces.mapped) / max(1, length)
        return round(self._share * length) + texts

    def _piece(self, place: int) -> pa.Buffer:
        at, length, _rows, _first, _last, expected = self._batches[place]
        piece = self._pieces.read(at, length)
        if place not in self._verified or self._pieces.mapped is None:
            if checksum(piece) != expected:
                raise Corrupted(
                    f"rows {self.firsts[place]!r} to {self.lasts[place]!r} in layer {self.name} "
                    "are not what was written",
                    hint="copy the version again from another instance",
                )
            self._verified.add(place)
        return piece

    def columns(self, names: Collection[str]) -> pa.Table:
        """Some columns whole, under the names they have in the file; the others are not decoded.

        Args:
            names: Which; those that the file lacks are left out.

        Raises:
            Corrupted: the file is not what was written.
        """
        wanted = [name for name in self.schema.names if name in names]
        found = {name: MEMORY.get((self._mark, name)) for name in wanted}
        lacking = [name for name in wanted if found[name] is None]
        if lacking:
            table = self._some_columns(lacking)
            for name in lacking:
                column = found[name] = table.column(name)
                MEMORY.put((self._mark, name), column, bytes_outside(column.chunks, self._pieces.mapped))
        return pa.table(found)

    def _some_columns(self, names: Sequence[str]) -> pa.Table:
        mapped = self._pieces.mapped
        if mapped is None:
            batches = [self.scanned(place).arrow for place in range(self.batches)]
            return pa.Table.from_batches(batches, self.schema).select(list(names))
        for place in range(self.batches):
            self._piece(place)
        fields = [self.schema.get_field_index(name) for name in names]
        options = pa.ipc.IpcReadOptions(included_fields=fields)
        return pa.ipc.open_stream(mapped, options=options).read_all()

    def scanned(self, place: int) -> Batch:
        """A batch, for whoever takes one after the other; those behind it are fetched meanwhile."""
        last_at, last_length = self._batches[-1][:2]
        self._pieces.ahead(self._batches[place][0], last_at + last_length)
        return self.batch(place)

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
