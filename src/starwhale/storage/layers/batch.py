"""A record batch of a layer: single rows, whole columns, and rows for writing anew."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Container, Sequence
from functools import cached_property
from typing import Any, cast

import pyarrow as pa

from starwhale.storage.layers.cells import Cell
from starwhale.storage.layers.columns import cell_at, decode, decode_cells, getter, numbers
from starwhale.storage.layers.format import DIGEST, HAS, OP, UPSERT, Key, escape
from starwhale.storage.layers.media import OpenBlob
from starwhale.storage.layers.tags import Tag
from starwhale.storage.layers.write import LayerRow


class Batch:
    """A verified record batch of a layer, with its columns ready for single and whole reads."""

    def __init__(self, batch: pa.RecordBatch, tags: dict[str, Tag], open_blob: OpenBlob | None) -> None:
        self.arrow = batch
        self.rows: int = batch.num_rows
        self.tags = tags
        self._open_blob = open_blob
        self._columns = {name: place for place, name in enumerate(batch.schema.names)}

    def _column(self, name: str) -> pa.Array | None:
        place = self._columns.get(name)
        return None if place is None else self.arrow.column(place)

    @cached_property
    def keys(self) -> Sequence[Any]:
        """Keys in order; a view of the mapped column for ints."""
        column = self.arrow.column(0)
        return numbers(column) if pa.types.is_int64(column.type) else column.to_pylist()

    @cached_property
    def ops(self) -> Sequence[int] | None:
        """Operation per row, or None where all rows are upserts."""
        column = self._column(OP)
        return None if column is None else cast("Sequence[int]", column.to_pylist())

    @cached_property
    def _getters(self) -> list[tuple[str, Callable[[int], Any], Callable[[int], Any] | None]]:
        result: list[tuple[str, Callable[[int], Any], Callable[[int], Any] | None]] = []
        for name, tag in self.tags.items():
            column = self._column(escape(name))
            has = self._column(HAS + name)
            present = None if has is None else cast("list[bool]", has.to_pylist()).__getitem__
            result.append((name, getter(tag, cast("pa.Array", column), self._open_blob), present))
        return result

    def find(self, key: Key) -> int | None:
        """Row number of `key`, or None."""
        keys = self.keys if "keys" in self.__dict__ or isinstance(key, int) else self._texts
        row = bisect_left(keys, cast("Any", key))
        return row if row < self.rows and keys[row] == key else None

    @cached_property
    def _texts(self) -> Sequence[Any]:
        """The keys for a search, which looks at a few only."""
        return cast("Sequence[Any]", _Texts(self.arrow.column(0)))

    def row(self, row: int) -> dict[str, Any]:
        """The features that row `row` carries."""
        return {name: get(row) for name, get, present in self._getters if present is None or present(row)}

    def cells(self, row: int, names: Container[str] | None = None) -> dict[str, Cell]:
        """The cells that row `row` carries, media left as they lie.

        Args:
            row: Which.
            names: Only of these features; of all by default.
        """
        return {
            name: cell_at(tag, column, row)
            for name, tag, column, has in self._features
            if (names is None or name in names) and (has is None or has[row].as_py())
        }

    @cached_property
    def _features(self) -> list[tuple[str, Tag, pa.Array, pa.Array | None]]:
        """Name and type of each feature, its column, and which rows carry it: made once, not for each row."""
        return [
            (name, tag, cast("pa.Array", self._column(escape(name))), self._column(HAS + name))
            for name, tag in self.tags.items()
        ]

    @property
    def digests(self) -> list[bytes]:
        """Stored digest of the change in each row, read anew each time; empty in tables."""
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
        return Batch(self.arrow.slice(start, stop - start), self.tags, self._open_blob)

    def layer_rows(self) -> list[LayerRow]:
        """All rows in the form in which layers are written, for rewriting them."""
        columns: list[tuple[str, list[Cell], list[bool] | None]] = []
        for name, tag in self.tags.items():
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
        names = list(self.tags)
        columns = [
            decode(tag, cast("pa.Array", self._column(escape(name))), self._open_blob)
            for name, tag in self.tags.items()
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


class _Texts:
    """Strings of a column, each made when it is looked at."""

    __slots__ = ("_column",)

    def __init__(self, column: pa.Array) -> None:
        self._column = column

    def __len__(self) -> int:
        return len(self._column)

    def __getitem__(self, row: int) -> str:
        return self._column[row].as_py()
