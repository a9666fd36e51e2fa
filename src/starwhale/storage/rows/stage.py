"""The stage on which the next snapshot grows: changes over a base, in bounded memory.

Changed rows collect in a buffer; a full buffer becomes a layer file. Nothing of it is visible to
anybody else until the owner publishes the manifest that `finish` returns.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any, cast

from starwhale.core.errors import Conflict
from starwhale.storage.layers.cells import Cell, cell_of
from starwhale.storage.layers.format import DELETE, REPLACE, UPSERT, Key
from starwhale.storage.layers.packed import pack, unpack
from starwhale.storage.layers.write import Encoded
from starwhale.storage.rows.buffer import RowBuffer
from starwhale.storage.rows.columns import merge_columns
from starwhale.storage.rows.compact import compact
from starwhale.storage.rows.difference import differences
from starwhale.storage.rows.digest import DELETED, ChangeDigest, row_digest
from starwhale.storage.rows.layer import layers_of
from starwhale.storage.rows.manifest import FileRef, LayerStore, Manifest
from starwhale.storage.rows.merge import layer_rows, windows
from starwhale.storage.rows.rebase import first_conflict, restack
from starwhale.storage.rows.snapshot import Snapshot

BUFFER_BYTES = 24 << 20
BUFFER_ROWS = 200_000


class Stage:
    """Changes over `base`.

    Args:
        store: Where files go.
        base: The snapshot that is changed.
        overwrite: Start from nothing: rows of `base` that are not set again are gone.
        compress: LZ4 in the files written.
        digests: Keep a digest per row, so that changes can be told and named (tables go without).
    """

    def __init__(
        self,
        store: LayerStore,
        base: Manifest,
        *,
        overwrite: bool = False,
        compress: bool = False,
        digests: bool = True,
    ) -> None:
        self.store = store
        self.base = base
        self.overwrite = overwrite
        self._compress = compress
        self._digests = digests
        self._buffer = RowBuffer(digests=digests)
        self._staged = Manifest(next_index=base.next_index, info=base.info) if overwrite else base
        self._view: Snapshot | None = None
        self._base_files = len(self._staged.files)
        self.next_index = self._staged.next_index

    @property
    def pending(self) -> bool:
        """Whether anything was set since the base."""
        return len(self._buffer) > 0 or len(self._staged.files) > self._base_files

    @property
    def size(self) -> int:
        """Bytes of the changes so far: files that were written, and what waits to be."""
        return sum(ref.size for ref in self._staged.files[self._base_files :]) + self._buffer.size

    def put(self, key: Key, values: Mapping[str, Any], *, replace: bool = False) -> None:
        """Set features of a row; the others keep their values unless `replace`.

        Raises:
            UnsupportedValue: a value has no stored form; nothing of the row is set.
        """
        spill = self.store.blobs.put
        self.put_cells(
            key, {name: cell_of(value, name, spill) for name, value in values.items()}, replace=replace
        )

    def put_cells(self, key: Key, cells: dict[str, Cell], *, replace: bool = False) -> None:
        """`put` of cells that were made before."""
        self._buffer.put(key, cells, replace=replace)
        if type(key) is int and key >= self.next_index:
            self.next_index = key + 1
        if self._buffer.size > BUFFER_BYTES or len(self._buffer) >= BUFFER_ROWS:
            self.flush()

    def delete(self, key: Key) -> None:
        """Remove a row; one that is not there is no error."""
        self._buffer.delete(key)
        if len(self._buffer) >= BUFFER_ROWS:
            self.flush()

    def get(self, key: Key) -> dict[str, Any] | None:
        """The row of `key` with all changes so far, or None."""
        changed = self._buffer.get(key)
        if changed is None:
            return self.staged().get(key)
        op, cells = changed
        if op == DELETE:
            return None
        fresh = {name: unpack(pack(*cell), self.store.source) for name, cell in cells.items()}
        older = None if op == REPLACE else self.staged().get(key)
        return fresh if older is None else {**older, **fresh}

    def staged(self) -> Snapshot:
        """The rows that are in files: the base and what was flushed."""
        if self._view is None:
            self._view = Snapshot(self.store, self._staged)
        return self._view

    def snapshot(self) -> Snapshot:
        """All rows with all changes so far."""
        self.flush()
        return self.staged()

    def discard(self) -> None:
        """Forget what waits to be written."""
        self._buffer.clear()

    def flush(self) -> None:
        """Write the buffer into a layer file; rows that change nothing are left out."""
        if len(self._buffer) == 0:
            return
        digests, added = self._sift()
        refs: list[FileRef] = []
        columns = dict(self._staged.columns)
        for kind in (int, str):
            encoded = self._buffer.encode(kind, digests, compress=self._compress)
            if encoded is not None:
                refs.append(self._write(encoded, self._buffer.refs))
                merge_columns(columns, encoded.tags)
        self._staged = replace(
            self._staged,
            files=(*self._staged.files, *refs),
            count=self._staged.count + added,
            next_index=self.next_index,
            columns=columns,
        )
        self._view = None
        self._buffer.clear()

    def _write(self, encoded: Encoded, refs: Collection[str]) -> FileRef:
        data = memoryview(encoded.data)
        return FileRef(
            blob=self.store.blobs.put(data),
            layer=self._layer_for(encoded),
            rows=encoded.rows,
            size=len(data),
            first=encoded.first,
            last=encoded.last,
            ops=encoded.ops,
            refs=len(refs),
            apart=self.store.bytes_of(refs),
        )

    def _layer_for(self, encoded: Encoded) -> int:
        """The newest layer where the file only continues it, else a new one on top."""
        kind = type(encoded.first)
        ages = [ref.layer for ref in self._staged.files]
        same_kind = [ref for ref in self._staged.files if type(ref.first) is kind]
        if not same_kind:
            return max(ages, default=0)
        top = max(ref.layer for ref in same_kind)
        first = cast("Any", encoded.first)  # of the kind that all of them are of
        continues = all(ref.last < first for ref in same_kind if ref.layer == top)
        return top if continues and top == max(ages) else max(ages) + 1

    def _sift(self) -> tuple[dict[Key, bytes], int]:
        """Drop changes that change nothing; digests of the rest, and how many rows are added."""
        view = self.staged()
        digests: dict[Key, bytes] = {}
        added = 0
        highest: dict[type, Any] = {kind: view.highest(kind) for kind in (int, str)}
        for key, (op, cells) in self._buffer.changes():
            top = highest[type(key)]
            if op != DELETE and (top is None or key > top):
                added += 1
                if self._digests:
                    digests[key] = row_digest(op, cells)
                continue
            held = [] if top is None or key > top else view.holders(key)
            alive = bool(held) and held[0][0] != DELETE
            if op == DELETE:
                if alive:
                    added -= 1
                else:
                    self._buffer.drop(key)
                continue
            added += not alive
            if not self._digests:
                continue
            digest = row_digest(op, cells)
            if alive and self._unchanged(view, key, op, cells, digest, held):
                self._buffer.drop(key)
                continue
            digests[key] = digest
        return digests, added

    def _unchanged(
        self,
        view: Snapshot,
        key: Key,
        op: int,
        cells: Mapping[str, Cell],
        digest: bytes,
        held: list[tuple[int, bytes | None]],
    ) -> bool:
        if held[0][1] == digest and (op == UPSERT or len(held) == 1):
            return True
        current = view.get(key) or {}
        if op == REPLACE and current.keys() != cells.keys():
            return False
        if not cells.keys() <= current.keys():
            return False
        same = {name: cell_of(current[name], name) for name in cells}
        return row_digest(op, same) == digest

    def finish(self, parent: str | None) -> tuple[Manifest, bytes | None]:
        """All changes as a manifest, and the digest that identifies them.

        Args:
            parent: Version id of the base.

        Returns:
            The manifest, and 32 bytes, or None where nothing changed.
        """
        self.flush()
        change = ChangeDigest()
        self._digest_changes(change)
        info_changed = self._staged.info != self.base.info
        if change.rows == 0 and not info_changed and parent is not None:
            return self.base, None
        extra = self._staged.info if info_changed else None
        digest = change.finish(parent, self._staged.columns, extra)
        return compact(self.store, self._staged), digest

    def _digest_changes(self, change: ChangeDigest) -> None:
        written = self._staged.files[self._base_files :]
        for kind in (int, str):
            fresh = layers_of(written, kind, self.store.open)
            old = layers_of(self.base.files, kind, self.store.open) if self.overwrite else []
            if old:
                self._digest_difference(change, kind)
                continue
            for window in windows(fresh):
                keys, rows = layer_rows(window) if len(window) > 1 else (window[0].keys, None)
                if rows is None:
                    change.add(keys, window[0].digests)
                else:
                    change.add(keys, [row.digest or row_digest(row.op, row.cells) for row in rows])

    def _digest_difference(self, change: ChangeDigest, kind: type) -> None:
        """What overwriting changed: rows that differ, and rows that are gone."""
        old = layers_of(self.base.files, kind, self.store.open)
        new = layers_of(self._staged.files, kind, self.store.open)
        for key, _before, after in differences(old, new):
            change.add([key], [DELETED if after is None else after])

    def rebase(self, head: Manifest) -> None:
        """Put the changes on top of `head`, which somebody else has published meanwhile.

        Raises:
            Conflict: both changed the same row.
        """
        self.flush()
        written = self._staged.files[self._base_files :]
        info = self._staged.info if self._staged.info != self.base.info else head.info
        if not self.overwrite:
            key = first_conflict(self.store, self.base, head, written)
            if key is not None:
                raise Conflict(
                    f"row {key!r} was changed by another commit in the meantime",
                    hint="open the dataset again and repeat the change",
                )
            self._staged = restack(self.store, head, written, self._staged.columns, self.next_index)
            self._base_files = len(head.files)
            self.next_index = self._staged.next_index
        self._staged = replace(self._staged, info=info)
        self.base = head
        self._view = None

    def set_info(self, info: dict[str, Any]) -> None:
        """Replace the user's description of the rows."""
        self._staged = replace(self._staged, info=info)
        self._view = None
