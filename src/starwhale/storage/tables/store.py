"""All live tables of a store: writers, readers, and the folding of long tails into layers."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from starwhale.core.errors import NotFound
from starwhale.storage.layers.format import Key
from starwhale.storage.tables.cells import pack_value, packed_cell
from starwhale.storage.tables.frames import Change, encode_frame
from starwhale.storage.tables.ports import Extent, Guard, Logs, Revisions

if TYPE_CHECKING:
    from starwhale.storage.rows.manifest import LayerStore
    from starwhale.storage.tables.reader import TableReader

FOLD_ROWS = 20_000
"""A tail of so many rows becomes a layer when a writer closes."""

FOLD_NOW_ROWS = 100_000
"""A tail of so many rows becomes a layer at the next flush."""


class TableStore:
    """Opens tables by path.

    Args:
        layers: Where folded layers and large values go.
        logs: Where the tails go.
        revisions: Orders the commits.
    """

    def __init__(self, layers: LayerStore, logs: Logs, revisions: Revisions) -> None:
        self.layers = layers
        self.logs = logs
        self.revisions = revisions

    def writer(self) -> TableWriter:
        """A writer of its own for the caller; it may write any number of tables."""
        return TableWriter(self)

    def reader(self, path: str, revision: int | None = None) -> TableReader:
        """The table as it is now, or at a revision.

        Raises:
            NotFound: there is no such table, or it had no such revision.
        """
        state = self.revisions.state(path, revision)
        if state is None:
            at = "" if revision is None else f" at revision {revision}"
            raise NotFound(f"no table {path!r}{at}", hint="tables come to be with their first flushed row")
        # Here and below, since whoever only writes needs nothing of Arrow.
        from starwhale.storage.tables.reader import TableReader

        return TableReader(self.layers, self.logs, state)

    def exists(self, path: str) -> bool:
        """Whether the table has ever been written."""
        return self.revisions.state(path) is not None

    def paths(self, prefix: str = "") -> list[str]:
        """Names of the tables that begin with `prefix`, in order."""
        return self.revisions.paths(prefix)

    def tail_rows(self, path: str) -> int:
        """Rows that are only in logs so far."""
        state = self.revisions.state(path)
        return 0 if state is None else sum(extent.rows for extent in state.tail)

    def delete_within(self, session: Any, rows: Mapping[str, Sequence[Key]]) -> None:
        """Remove rows, by the path of their table, within a transaction that is open: with it, or not at all.

        Nothing is folded, which is another transaction.
        """
        writer = TableWriter(self)
        try:
            for path, keys in rows.items():
                for key in keys:
                    writer.delete(path, key)
            writer.flush_within(session)
        finally:
            self.logs.close(writer.name)

    def fold(self, path: str) -> bool:
        """Move the tail of a table into layers; answers do not change.

        Returns:
            Whether anything was folded; False also where somebody else was quicker.
        """
        from starwhale.storage.rows.compact import compact
        from starwhale.storage.rows.stage import Stage
        from starwhale.storage.tables.reader import TableReader

        state = self.revisions.state(path)
        if state is None or not state.tail:
            return False
        reader = TableReader(self.layers, self.logs, state)
        stage = Stage(self.layers, reader.base.manifest, compress=True, digests=False)
        for key, (hides, cells) in reader.tail.items():
            if cells is None:
                stage.delete(key)
            else:
                packed = {name: packed_cell(item, name) for name, item in cells.items()}
                stage.put_cells(key, packed, replace=hides)
        manifest = compact(self.layers, stage.snapshot().manifest)
        digest = self.layers.save(manifest, state.manifest)
        return self.revisions.fold(path, state.manifest, state.revision, digest)


class TableWriter:
    """Buffers changes and commits them in groups. Safe to share among threads.

    Args:
        store: Its tables.
    """

    def __init__(self, store: TableStore) -> None:
        self._store = store
        self.name = secrets.token_hex(16)
        self._pending: dict[str, list[Change]] = {}
        self._refs: dict[str, set[str]] = {}
        self._written: dict[str, int] = {}
        self._offset = 0
        self._sequence = 0
        self._rows_lock = threading.Lock()
        self._flush_lock = threading.Lock()

    def put(self, path: str, key: Key, values: Mapping[str, Any]) -> None:
        """Upsert a row: mentioned columns are set (None sets null), the others keep their values.

        Raises:
            UnsupportedValue: a value has no stored form; nothing of the row is written.
        """

        def spill(data: bytes) -> str:
            digest = self._store.layers.blobs.put(data)
            with self._rows_lock:
                self._refs.setdefault(path, set()).add(digest)
            return digest

        packed = {name: pack_value(value, name, spill) for name, value in values.items()}
        self._add(path, [key, packed])

    def delete(self, path: str, key: Key) -> None:
        """Remove a row."""
        self._add(path, [key, None])

    def _add(self, path: str, change: Change) -> None:
        with self._rows_lock:
            changes = self._pending.get(path)
            if changes is None:
                changes = self._pending[path] = []
            changes.append(change)

    def pending(self, path: str | None = None) -> int:
        """Changes not yet flushed, of one table or of all."""
        with self._rows_lock:
            if path is not None:
                return len(self._pending.get(path, ()))
            return sum(map(len, self._pending.values()))

    def flush(self, path: str | None = None, guard: Guard | None = None) -> None:
        """Commit what is pending, of one table or of all; durable when it returns.

        Args:
            path: Only this table.
            guard: Runs in the same transaction and may refuse it by raising: then nothing
                becomes visible and what was pending is dropped.
        """
        with self._flush_lock:
            taken, refs = self._take(path)
            if not taken and guard is None:
                return
            entries = self._append(taken, refs)
            self._store.revisions.commit(entries, guard)
            for name, extent in entries:
                self._written[name] = self._written.get(name, 0) + extent.rows
        for name in taken:
            if self._written.get(name, 0) >= FOLD_NOW_ROWS:
                self._written[name] = 0
                self._store.fold(name)

    def flush_within(self, session: Any) -> None:
        """Commit all that is pending with a transaction that is open; nothing of it counts without that."""
        with self._flush_lock:
            self._store.revisions.commit_within(session, self._append(*self._take(None)))

    def _take(self, path: str | None) -> tuple[dict[str, list[Change]], dict[str, tuple[str, ...]]]:
        with self._rows_lock:
            paths = list(self._pending) if path is None else [path] if path in self._pending else []
            taken = {name: self._pending.pop(name) for name in paths}
            return taken, {name: tuple(sorted(self._refs.pop(name, ()))) for name in paths}

    def _append(
        self, taken: dict[str, list[Change]], refs: dict[str, tuple[str, ...]]
    ) -> list[tuple[str, Extent]]:
        """Write changes into the log, where they do not count yet."""
        frames: list[bytes] = []
        entries: list[tuple[str, Extent]] = []
        offset = self._offset
        for name, changes in taken.items():
            frame = encode_frame(self._sequence, changes)
            self._sequence += 1
            extent = Extent(
                writer=self.name, offset=offset, length=len(frame), rows=len(changes), refs=refs[name]
            )
            entries.append((name, extent))
            frames.append(frame)
            offset += len(frame)
        if frames:
            self._store.logs.append(self.name, self._offset, frames)
            self._offset = offset
        return entries

    def close(self) -> None:
        """Give the log back and fold long tails; what was not flushed is forgotten."""
        with self._rows_lock:
            self._pending.clear()
            self._refs.clear()
        self._store.logs.close(self.name)
        self._store.revisions.forget(self.name)
        for name, rows in self._written.items():
            if rows >= FOLD_ROWS or self._store.tail_rows(name) >= FOLD_ROWS:
                self._store.fold(name)
        self._written.clear()
