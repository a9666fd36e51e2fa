"""Reading a live table: the folded snapshot below, the committed tails of the logs above it."""

from __future__ import annotations

from collections.abc import Container, Iterator
from heapq import merge
from typing import Any

from starwhale.storage.layers.cells import Cell
from starwhale.storage.layers.format import DELETE, Key
from starwhale.storage.layers.tags import Tag, unify
from starwhale.storage.rows.manifest import LayerStore, Manifest
from starwhale.storage.rows.merge import layer_rows, visible_keys, windows
from starwhale.storage.rows.snapshot import Snapshot
from starwhale.storage.tables.cells import packed_cell, unpack_row
from starwhale.storage.tables.frames import Change, decode_frame
from starwhale.storage.tables.ports import Logs, TableState

TailRow = tuple[bool, dict[str, Any] | None]
"""(hides older cells, packed cells or None for a deletion)."""

_QUICK: dict[type, Tag] = {float: "float", str: "str", bool: "bool", int: "int", type(None): "null"}


class TableReader:
    """One table at one revision; what is committed later is not seen.

    Args:
        store: Where folded layers lie.
        logs: Where tails lie.
        state: The revision to read.
    """

    def __init__(self, store: LayerStore, logs: Logs, state: TableState) -> None:
        self.state = state
        self._store = store
        self._logs = logs
        manifest = store.load(state.manifest) if state.manifest else Manifest()
        self.base = Snapshot(store, manifest)
        self._tail: dict[Key, TailRow] | None = None
        self._columns: dict[str, Tag] | None = None

    @property
    def tail(self) -> dict[Key, TailRow]:
        """Changes since the folded snapshot, merged by key."""
        if self._tail is None:
            rows: dict[Key, TailRow] = {}
            for extent in self.state.tail:
                data = self._logs.read(extent.writer, extent.offset, extent.length)
                _apply(rows, decode_frame(data, f"table {self.state.path!r}"))
            self._tail = rows
        return self._tail

    def get(self, key: Key) -> dict[str, Any] | None:
        """The row of `key`, or None."""
        hides, cells = self.tail.get(key, (False, {}))
        if cells is None:
            return None
        older = None if hides else self.base.get(key)
        if not cells and key not in self.tail:
            return older
        return {**(older or {}), **unpack_row(cells, self._store.source)}

    def scan(self, start: Key | None = None, end: Key | None = None) -> Iterator[tuple[Key, dict[str, Any]]]:
        """Rows in key order (ints before strings) from `start` up to, not including, `end`."""
        changed = sorted((key for key in self.tail if _inside(key, start, end)), key=_order)
        if not self.base.manifest.files:
            yield from self._fresh(changed)
            return
        waiting = iter(changed)
        ahead = next(waiting, None)
        for key, row in self.base.scan(start, end):
            while ahead is not None and _order(ahead) < _order(key):
                yield from self._fresh([ahead])
                ahead = next(waiting, None)
            if ahead is not None and ahead == key:
                hides, cells = self.tail[ahead]
                if cells is not None:
                    fresh = unpack_row(cells, self._store.source)
                    yield key, fresh if hides else {**row, **fresh}
                ahead = next(waiting, None)
            else:
                yield key, row
        while ahead is not None:
            yield from self._fresh([ahead])
            ahead = next(waiting, None)

    def cells(self, key: Key, names: Container[str] | None = None) -> dict[str, Cell] | None:
        """The cells of a row, media left where they lie; None where there is no such row.

        Args:
            key: Its key.
            names: Only of these columns; of all by default.
        """
        hides, fresh = self.tail.get(key, (False, {}))
        if fresh is None:
            return None
        older = None if hides else self._base_cells(key, names)
        if older is None and key not in self.tail:
            return None
        wanted = fresh if names is None else {name: fresh[name] for name in fresh if name in names}
        return {**(older or {}), **{name: packed_cell(packed, name) for name, packed in wanted.items()}}

    def _base_cells(self, key: Key, names: Container[str] | None) -> dict[str, Cell] | None:
        parts = self.base.parts(key)
        if not parts:
            return None
        return {
            name: cell for batch, place in reversed(parts) for name, cell in batch.cells(place, names).items()
        }

    def scan_cells(
        self, start: Key | None = None, end: Key | None = None
    ) -> Iterator[tuple[Key, dict[str, Cell]]]:
        """The cells of the rows in key order, media left where they lie; see `scan`."""
        changed = sorted((key for key in self.tail if _inside(key, start, end)), key=_order)
        waiting = iter(changed)
        ahead = next(waiting, None)
        for key, older in self._base_scan(start, end):
            while ahead is not None and _order(ahead) < _order(key):
                yield from self._tail_cells(ahead, {})
                ahead = next(waiting, None)
            if ahead is not None and ahead == key:
                yield from self._tail_cells(ahead, older)
                ahead = next(waiting, None)
            else:
                yield key, older
        while ahead is not None:
            yield from self._tail_cells(ahead, {})
            ahead = next(waiting, None)

    def scan_keys(self, start: Key | None = None, end: Key | None = None) -> Iterator[Key]:
        """Keys of the same rows, in the same order; no other column is read."""
        base = (
            key
            for low, high, kind in _ranges(start, end)
            for window in windows(self.base.layers(kind), low, high)
            for key in visible_keys(window)
            if key not in self.tail
        )
        made = (key for key, (_, fresh) in self.tail.items() if fresh is not None)
        changed = sorted((key for key in made if _inside(key, start, end)), key=_order)
        return merge(base, changed, key=_order)

    def _base_scan(self, start: Key | None, end: Key | None) -> Iterator[tuple[Key, dict[str, Cell]]]:
        for low, high, kind in _ranges(start, end):
            for window in windows(self.base.layers(kind), low, high):
                keys, rows = layer_rows(window)
                for key, row in zip(keys, rows, strict=True):
                    if row.op != DELETE:
                        yield key, row.cells

    def _tail_cells(self, key: Key, older: dict[str, Cell]) -> Iterator[tuple[Key, dict[str, Cell]]]:
        hides, fresh = self.tail[key]
        if fresh is not None:
            made = {name: packed_cell(packed, name) for name, packed in fresh.items()}
            yield key, made if hides else {**older, **made}

    def key_types(self) -> set[type]:
        """What kinds of keys there are."""
        kinds = {type(ref.first) for ref in self.base.manifest.files}
        return kinds | {type(key) for key in self.tail}

    def columns(self) -> dict[str, Tag]:
        """Columns that some row has, with their types; those of the folded snapshot come first."""
        if self._columns is None:
            columns = dict(self.base.manifest.columns)
            for _hides, cells in self.tail.values():
                for name, packed in (cells or {}).items():
                    kind = _QUICK.get(type(packed))
                    tag = kind if kind is not None else packed_cell(packed, name)[0]
                    columns[name] = unify(columns[name], tag) if name in columns else tag
            self._columns = columns
        return self._columns

    def _fresh(self, keys: list[Key]) -> Iterator[tuple[Key, dict[str, Any]]]:
        tail, source = self.tail, self._store.source
        for key in keys:
            cells = tail[key][1]
            if cells is not None:
                yield key, unpack_row(cells, source)


def _apply(rows: dict[Key, TailRow], changes: list[Change]) -> None:
    for change in changes:
        key, cells = change[0], change[1]
        if cells is None:
            rows[key] = (True, None)
        elif len(change) == 3:
            rows[key] = (True, cells)
        else:
            known = rows.get(key)
            if known is None:
                rows[key] = (False, cells)
            elif known[1] is None:
                rows[key] = (True, cells)
            else:
                known[1].update(cells)


def _order(key: Key) -> tuple[bool, Any]:
    return (type(key) is str, key)


def _ranges(start: Key | None, end: Key | None) -> Iterator[tuple[Key | None, Key | None, type]]:
    """The range for each kind of keys: numbers come before texts."""
    for kind in (int, str):
        if (isinstance(start, str) and kind is int) or (isinstance(end, int) and kind is str):
            continue
        yield (
            start if isinstance(start, kind) else None,
            end if isinstance(end, kind) else None,
            kind,
        )


def _inside(key: Key, start: Key | None, end: Key | None) -> bool:
    order = _order(key)
    return (start is None or order >= _order(start)) and (end is None or order < _order(end))
