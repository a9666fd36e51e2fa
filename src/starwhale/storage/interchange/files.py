"""Arrow and Parquet files: written in row groups of bounded size, read batch by batch."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from starwhale.core.errors import Forbidden, UsageError
from starwhale.storage.interchange.inward import RowReader
from starwhale.storage.interchange.outward import ArrowRows

if TYPE_CHECKING:
    from collections.abc import Generator

    from starwhale.storage.layers.format import Key
    from starwhale.storage.rows.snapshot import Snapshot

PARQUET = (".parquet", ".pq")
ARROW = (".arrow", ".feather", ".ipc", ".arrows")
GROUP_BYTES = 64 << 20
GROUP_ROWS = 100_000
READ_ROWS = 1024
_STORED = pa.struct([("bytes", pa.binary()), ("path", pa.string())])


def write_parquet(snapshot: Snapshot, path: Path, told: Callable[[int], None] | None = None) -> None:
    """Write a snapshot as one Parquet file.

    Args:
        snapshot: The rows.
        path: Where it goes; what is there is written over.
        told: Called with the number of rows so far.
    """
    from pyarrow import parquet

    rows = ArrowRows(snapshot)
    with parquet.ParquetWriter(path, rows.schema, compression="zstd") as writer:
        done, size = 0, 0
        group: list[pa.RecordBatch] = []
        for batch in rows.batches():
            group.append(batch)
            done += batch.num_rows
            size += batch.nbytes
            if size >= GROUP_BYTES or sum(each.num_rows for each in group) >= GROUP_ROWS:
                writer.write_table(pa.Table.from_batches(group))
                group, size = [], 0
                if told is not None:
                    told(done)
        if group or done == 0:
            writer.write_table(pa.Table.from_batches(group, rows.schema))
        if told is not None:
            told(done)


def table_of(snapshot: Snapshot) -> pa.Table:
    """A snapshot as one table in memory."""
    rows = ArrowRows(snapshot)
    return pa.Table.from_batches(rows.batches(), rows.schema)


def plain_table(snapshot: Snapshot) -> tuple[pa.Table, dict[str, str]]:
    """The features of a snapshot as a table without anything of ours, and what the media columns hold.

    Media are records of `bytes` and `path` alone, as Hugging Face stores them.
    """
    table = table_of(snapshot)
    columns: dict[str, Any] = {}
    media: dict[str, str] = {}
    for name, tag in snapshot.manifest.columns.items():
        columns[name] = table.column(name)
        if isinstance(tag, tuple) and tag[0] == "media":
            media[name] = tag[1]
            columns[name] = pa.chunked_array([_nameless(each) for each in columns[name].chunks], type=_STORED)
    return pa.table(columns), media


def _nameless(array: pa.StructArray) -> pa.Array:
    missing = array.is_null() if array.null_count else None
    return pa.StructArray.from_arrays([array.field(0), array.field(1)], fields=list(_STORED), mask=missing)


class ArrowFile:
    """Reads one Parquet, Arrow or Feather file.

    Args:
        path: The file.

    Raises:
        UsageError: it is no such file, or damaged, or holds what no dataset can.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._name = str(path)
        with self._translating():
            self._batches, schema = _open(path)
        self._reader = RowReader(schema, self._name, path.parent)

    @property
    def info(self) -> dict[str, Any]:
        """What the file says beside its rows."""
        return self._reader.info

    def rows(self) -> Iterator[tuple[Key | None, dict[str, Any]]]:
        """Keys, where it has some of ours, and rows."""
        batches = self._batches()
        while True:
            with self._translating():
                batch = next(batches, None)
            if batch is None:
                return
            yield from self._reader.rows(batch)

    @contextmanager
    def _translating(self) -> Generator[None]:
        try:
            yield
        except PermissionError as exc:
            raise Forbidden(f"may not read {self._name!r}") from exc
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError, OSError) as exc:
            reason = str(exc).splitlines()[0][:200]
            raise UsageError(f"{self._name!r} is no whole Arrow or Parquet file: {reason}") from exc


def _open(path: Path) -> tuple[Callable[[], Iterator[pa.RecordBatch]], pa.Schema]:
    with path.open("rb") as file:
        begins = file.read(8)
    if begins.startswith(b"PAR1"):
        from pyarrow import parquet

        found = parquet.ParquetFile(path)
        return lambda: found.iter_batches(READ_ROWS), found.schema_arrow
    if begins.startswith(b"ARROW1"):
        opened = pa.ipc.open_file(pa.memory_map(str(path)))
        return lambda: map(opened.get_batch, range(opened.num_record_batches)), opened.schema
    if begins.startswith(b"FEA1"):
        from pyarrow import feather

        table = feather.read_table(path)
        return lambda: iter(table.to_batches()), table.schema
    stream = pa.ipc.open_stream(pa.OSFile(str(path)))
    return lambda: iter(stream), stream.schema
