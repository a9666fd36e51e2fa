"""The rows of a snapshot as Arrow record batches."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import orjson
import pyarrow as pa

from starwhale.storage.interchange.reshape import OUTSIDE, exportable, outside_type, reshape
from starwhale.storage.layers.cells import NULL_CELL, Cell, cell_of
from starwhale.storage.layers.columns import arrow_type, build
from starwhale.storage.layers.format import HAS, Key
from starwhale.storage.layers.tags import MIXED, Tag, to_json
from starwhale.storage.rows.snapshot import Snapshot

FORMAT = 1
METADATA = b"starwhale"
KEY_COLUMN = "__key__"
ABSENT_COLUMN = "__absent__"


class ArrowRows:
    """What a snapshot holds, as others read it.

    Every feature is a column: numbers, text, times, lists and records as they are, media as records
    of `bytes`, `path` and `meta`; a column of values of several types is a record with a field for
    each kind. The key is a column too. Where a row may lack a feature (which is not the same as a
    null), one more column lists those that it lacks. The metadata of the schema keeps what Arrow
    has no types for, so that `read_rows` gives back the very rows.

    Args:
        snapshot: The rows.
    """

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._tags: dict[str, Tag] = {
            name: exportable(tag) for name, tag in snapshot.manifest.columns.items()
        }
        self._key = _free(KEY_COLUMN, self._tags)
        self._absent = _free(ABSENT_COLUMN, self._tags) if _may_lack(snapshot) else None
        kinds = {type(ref.first) for ref in snapshot.manifest.files}
        self._key_tag: Tag = "str" if kinds == {str} else "int" if kinds <= {int} else MIXED
        self.schema = self._schema()

    def _schema(self) -> pa.Schema:
        fields = [pa.field(self._key, arrow_type(self._key_tag))]
        fields += [pa.field(name, outside_type(tag, arrow_type)) for name, tag in self._tags.items()]
        if self._absent is not None:
            fields.append(pa.field(self._absent, pa.list_(pa.string())))
        told = {
            "format": FORMAT,
            "key": self._key,
            "key_type": self._key_tag,
            "absent": self._absent,
            "columns": [[name, to_json(tag)] for name, tag in self._tags.items()],
            "info": self._snapshot.manifest.info,
        }
        return pa.schema(fields, {METADATA: orjson.dumps(told)})

    def batches(self) -> Iterator[pa.RecordBatch]:
        """The rows in key order, a few thousand at a time, fewer where they are large."""
        for keys, rows in self._snapshot.chunks():
            yield self._batch(keys, rows)

    def _batch(self, keys: list[Key], rows: list[dict[str, Any]]) -> pa.RecordBatch:
        arrays = [build([cell_of(key, self._key) for key in keys], self._key_tag)]
        for name, tag in self._tags.items():
            cells = [cell_of(row[name], name) if name in row else NULL_CELL for row in rows]
            arrays.append(reshape(tag, build(_fitting(cells, tag), tag), outward))
        if self._absent is not None:
            names = list(self._tags)
            lacking = [[name for name in names if name not in row] for row in rows]
            arrays.append(pa.array([each or None for each in lacking], pa.list_(pa.string())))
        return pa.RecordBatch.from_arrays(arrays, schema=self.schema)


def _fitting(cells: list[Cell], tag: Tag) -> list[Cell | None]:
    """Cells for a column; one that is null is none at all, unless kinds lie side by side."""
    return [None if cell[1] is None and tag != MIXED else cell for cell in cells]


def outward(media: pa.StructArray) -> pa.Array:
    """Media of layers in the form of other tools."""
    meta = media.field(1)
    paths = pa.array([_path(text) for text in meta.to_pylist()], pa.string())
    missing = media.is_null() if media.null_count else None
    return pa.StructArray.from_arrays([media.field(0), paths, meta], fields=list(OUTSIDE), mask=missing)


@lru_cache(maxsize=4096)
def _path(meta: str | None) -> str | None:
    return orjson.loads(meta).get("display_name") or None if meta else None


def _may_lack(snapshot: Snapshot) -> bool:
    """Whether some row may lack a column that others have."""
    names = set(snapshot.manifest.columns)
    for ref in snapshot.manifest.files:
        file = snapshot.store.open(ref.blob)
        if set(file.tags) != names or any(name.startswith(HAS) for name in file.schema.names):
            return True
    return False


def _free(name: str, taken: dict[str, Tag]) -> str:
    while name in taken:
        name += "_"
    return name
