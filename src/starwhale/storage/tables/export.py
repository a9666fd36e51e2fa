"""Tables in the formats of others, piece by piece: CSV, JSON Lines, Parquet and Arrow streams."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, cast

import orjson
import pyarrow as pa

from starwhale.storage.interchange.outward import outward
from starwhale.storage.interchange.reshape import exportable, outside_type, reshape
from starwhale.storage.layers.cells import Cell, cell_of
from starwhale.storage.layers.columns import arrow_type, build
from starwhale.storage.layers.tags import MIXED, Tag, to_json, unify_all
from starwhale.storage.tables.told import told, told_row

if TYPE_CHECKING:
    from starwhale.storage.layers.format import Key

Rows = Iterable[tuple["Key", Mapping[str, Cell]]]
ROWS_AT_ONCE = 2000
ROW_GROUP = 20_000
KEY = "id"
#: With these a cell of text would be taken for a formula by spreadsheets.
FORMULA = ("=", "+", "-", "@", "\t", "\r")
METADATA = b"starwhale"
_NUMBERS = frozenset({"float", "bigint", "decimal"})
_TEXTS = frozenset({"uuid", "datetime", "instant", "date", "time"})


def columns_of_rows(rows: Iterable[Mapping[str, Cell]]) -> dict[str, Tag]:
    """The columns that some rows have, with the types that hold all their cells."""
    tags: dict[str, set[Tag]] = {}
    for cells in rows:
        for name, cell in cells.items():
            tags.setdefault(name, set()).add(cell[0])
    return {name: unify_all(each) for name, each in tags.items()}


class ArrowTable:
    """Rows as Arrow record batches.

    Numbers, text, times, lists and records are as they are; media are records of `bytes`, `path` and
    `meta`, their bytes only where they lie in the row. The metadata of the schema keeps the types that Arrow
    has no name for.

    Args:
        columns: Columns and their types.
        keys: Types of the keys.
    """

    def __init__(self, columns: Mapping[str, Tag], keys: Iterable[type]) -> None:
        self._tags: dict[str, Tag] = {name: exportable(tag) for name, tag in columns.items()}
        self._key = KEY
        while self._key in self._tags:
            self._key += "_"
        kinds = set(keys)
        self._key_tag: Tag = "str" if kinds == {str} else "int" if kinds <= {int} else MIXED
        fields = [pa.field(self._key, arrow_type(self._key_tag))]
        fields += [pa.field(name, outside_type(tag, arrow_type)) for name, tag in self._tags.items()]
        told_types = {"key": self._key, "columns": {name: to_json(tag) for name, tag in self._tags.items()}}
        self.schema = pa.schema(fields, {METADATA: orjson.dumps(told_types)})

    def batch(self, rows: Sequence[tuple[Key, Mapping[str, Cell]]]) -> pa.RecordBatch:
        """Some rows."""
        arrays = [build([cell_of(key, self._key) for key, _ in rows], self._key_tag)]
        for name, tag in self._tags.items():
            cells = [_fitting(cells.get(name), tag) for _, cells in rows]
            arrays.append(reshape(tag, build(cells, tag), outward))
        return pa.RecordBatch.from_arrays(arrays, schema=self.schema)


def _fitting(cell: Cell | None, tag: Tag) -> Cell | None:
    return None if cell is None or (cell[1] is None and tag != MIXED) else cell


class _Sink(io.RawIOBase):
    """Takes what a writer writes, and gives it away piece by piece."""

    def __init__(self) -> None:
        super().__init__()
        self._pieces: list[bytes] = []
        self._at = 0

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def write(self, data: Any) -> int:
        piece = bytes(data)
        self._pieces.append(piece)
        self._at += len(piece)
        return len(piece)

    def taken(self) -> bytes:
        """What was written since the last time."""
        data = b"".join(self._pieces)
        self._pieces.clear()
        return data


def _chunks(rows: Rows, size: int) -> Iterator[list[tuple[Key, Mapping[str, Cell]]]]:
    rest = iter(rows)
    while chunk := list(islice(rest, size)):
        yield chunk


def as_arrow(rows: Rows, columns: Mapping[str, Tag], keys: Iterable[type]) -> Iterator[bytes]:
    """An Arrow IPC stream."""
    table, sink = ArrowTable(columns, keys), _Sink()
    with pa.ipc.new_stream(pa.PythonFile(sink, "w"), table.schema) as writer:
        for chunk in _chunks(rows, ROWS_AT_ONCE):
            writer.write_batch(table.batch(chunk))
            yield sink.taken()
    yield sink.taken()


def as_parquet(rows: Rows, columns: Mapping[str, Tag], keys: Iterable[type]) -> Iterator[bytes]:
    """A Parquet file; nothing but its footer is kept in memory."""
    from pyarrow import parquet

    table, sink = ArrowTable(columns, keys), _Sink()
    with parquet.ParquetWriter(pa.PythonFile(sink, "w"), table.schema, compression="zstd") as writer:
        for chunk in _chunks(rows, ROW_GROUP):
            writer.write_batch(table.batch(chunk), row_group_size=ROW_GROUP)
            yield sink.taken()
    yield sink.taken()


def as_jsonl(rows: Rows, _columns: Mapping[str, Tag], _keys: Iterable[type]) -> Iterator[bytes]:
    """One JSON object per line: the key under "id", the values under "values"; see `tables.told`."""
    for chunk in _chunks(rows, ROWS_AT_ONCE):
        yield b"".join(orjson.dumps(told_row(key, cells)) + b"\n" for key, cells in chunk)


def as_csv(rows: Rows, columns: Mapping[str, Tag], _keys: Iterable[type]) -> Iterator[bytes]:
    """CSV with a head line; text that a spreadsheet would carry out as a formula gets an apostrophe."""
    names = list(columns)
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([KEY, *map(guarded, names)])
    for chunk in _chunks(rows, ROWS_AT_ONCE):
        for key, cells in chunk:
            shown = [_csv_cell(cells[name]) if name in cells else "" for name in names]
            writer.writerow([guarded(key) if isinstance(key, str) else key, *shown])
        yield text.getvalue().encode()
        text.seek(0)
        text.truncate()
    yield text.getvalue().encode()


def guarded(text: str) -> str:
    """Text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(FORMULA) else text


def _csv_cell(cell: Cell) -> Any:
    value = told(cell)
    if value is None:
        return ""
    if isinstance(value, str):
        return guarded(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    record = cast("dict[str, Any]", value) if isinstance(value, dict) else {}
    text = record.get("v")
    if isinstance(text, str) and record["$"] in _NUMBERS:
        return text
    if isinstance(text, str) and record["$"] in _TEXTS:
        return guarded(text)
    return orjson.dumps(value).decode()


FORMATS: dict[str, tuple[Callable[[Rows, Mapping[str, Tag], Iterable[type]], Iterator[bytes]], str]] = {
    "csv": (as_csv, "text/csv; charset=utf-8"),
    "jsonl": (as_jsonl, "application/x-ndjson"),
    "parquet": (as_parquet, "application/vnd.apache.parquet"),
    "arrow": (as_arrow, "application/vnd.apache.arrow.stream"),
}
"""What writes each format, and the type that it has on the wire."""
