"""The layers and tails of a table as relations that a query engine can read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from starwhale.storage.layers.columns import build, column_tag
from starwhale.storage.layers.format import DELETE, HAS, KEY, OP, REPLACE, UPSERT, escape
from starwhale.storage.layers.tags import MIXED, Tag
from starwhale.storage.rows.layer import Layer
from starwhale.storage.tables.cells import packed_cell
from starwhale.storage.tables.reader import TableReader


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Rows of one age.

    Attributes:
        tables: Arrow tables with the columns of a layer file, each with the tags of its features.
        integer: Whether the keys are integers.
        rows: How many.
    """

    tables: tuple[tuple[pa.Table, dict[str, Tag]], ...]
    integer: bool
    rows: int

    @property
    def ops(self) -> bool:
        """Whether some row is not a plain upsert."""
        return any(OP in table.column_names for table, _tags in self.tables)


def sources_of(reader: TableReader, wanted: Iterable[str]) -> list[Source]:
    """Relations of a table, oldest first, with the columns `wanted`."""
    sources: list[Source] = []
    names = list(wanted)
    for kind in (int, str):
        layers = reader.base.layers(kind)
        sources.extend(_layer_source(layer, reader, names, integer=kind is int) for layer in layers)
    for kind in (int, str):
        keys = sorted(key for key in reader.tail if type(key) is kind)
        if keys:
            table, tags = _tail_table(reader, keys, names)
            sources.append(Source(tables=((table, tags),), integer=kind is int, rows=len(keys)))
    return sources


def _layer_source(layer: Layer, reader: TableReader, names: list[str], *, integer: bool) -> Source:
    files = [reader.base.store.open(ref.blob) for ref in layer.refs]
    columns = {KEY, OP, *map(escape, names), *(HAS + name for name in names)}
    return Source(
        tables=tuple((file.columns(columns), file.tags) for file in files),
        integer=integer,
        rows=sum(ref.rows for ref in layer.refs),
    )


def _tail_table(
    reader: TableReader, keys: Sequence[Any], wanted: list[str]
) -> tuple[pa.Table, dict[str, Tag]]:
    arrays: dict[str, pa.Array] = {KEY: pa.array(keys, pa.int64() if type(keys[0]) is int else pa.string())}
    rows = [reader.tail[key] for key in keys]
    ops = [DELETE if cells is None else REPLACE if hides else UPSERT for hides, cells in rows]
    if any(ops):
        arrays[OP] = pa.array(ops, pa.int8())
    tags: dict[str, Tag] = {}
    for name in wanted:
        cells = [
            packed_cell(values[name], name) if values is not None and name in values else None
            for _hides, values in rows
        ]
        if not any(cell is not None for cell in cells):
            continue
        tags[name] = column_tag(cells)
        arrays[escape(name)] = build(cells, tags[name])
        if None in cells:
            arrays[HAS + name] = pa.array([cell is not None for cell in cells], pa.bool_())
    return pa.table(arrays), tags


def projections(name: str, tag: Tag) -> dict[str, str]:
    """SQL for the comparable parts of a column: b(ool) i(nteger) f(loat) s(tring) d(ate), else x (there)."""
    column = quote(escape(name))
    if tag == MIXED:
        parts = {part: f"{column}.{part}" for part in "bifs"}
        moment = _MOMENT.format(f"{column}.x")
        rest = f"CASE WHEN {column}.x IS NULL OR {moment} IS NOT NULL THEN NULL ELSE true END"
        return {**parts, "d": moment, "x": rest}
    kind = _PART.get(tag, "x") if isinstance(tag, str) else "x"
    if tag == "null":
        return {}
    if tag == "instant":
        # A cast would give the time of the place where this machine stands.
        return {"d": f"make_timestamp(epoch_us({column}))"}
    if kind == "d":
        return {"d": f"{column}::TIMESTAMP"}
    if kind == "x":
        return {"x": _there(column)}
    return {kind: column}


# Beside values of other kinds a time lies in its packed form.
_MOMENT = (
    "TRY_CAST(regexp_extract(decode({}), "
    """'^\\{{"\\$":"(datetime|instant|date)","v":"([^"]+)"\\}}$', 2) AS TIMESTAMP)"""
)


def _there(column: str) -> str:
    return f"CASE WHEN {column} IS NULL THEN NULL ELSE true END"


_PART = {
    "bool": "b",
    "int": "i",
    "float": "f",
    "str": "s",
    "datetime": "d",
    "instant": "d",
    "date": "d",
}


def quote(name: str) -> str:
    """A name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'
