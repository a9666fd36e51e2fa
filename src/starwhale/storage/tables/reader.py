"""Reading a live table: the folded snapshot below, the committed tails of the logs above it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from starwhale.storage.layers.format import Key
from starwhale.storage.rows.manifest import LayerStore, Manifest
from starwhale.storage.rows.snapshot import Snapshot
from starwhale.storage.tables.cells import unpack_row
from starwhale.storage.tables.frames import Change, decode_frame
from starwhale.storage.tables.ports import Logs, TableState

TailRow = tuple[bool, dict[str, Any] | None]
"""(hides older cells, packed cells or None for a deletion)."""


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


def _inside(key: Key, start: Key | None, end: Key | None) -> bool:
    order = _order(key)
    return (start is None or order >= _order(start)) and (end is None or order < _order(end))
