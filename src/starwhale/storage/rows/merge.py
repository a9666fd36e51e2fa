"""Overlaying layers by key, in key order and in bounded memory.

Layers are walked side by side in windows of keys no longer than a batch. A window in which only
one layer has rows, the usual case, passes through whole; only where layers meet are rows merged.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from typing import Any, cast

from starwhale.storage.layers.batch import Batch
from starwhale.storage.layers.format import DELETE, REPLACE, UPSERT, Key
from starwhale.storage.layers.write import LayerRow
from starwhale.storage.rows.layer import Layer

Window = list[Batch]
"""The rows of one window of keys, a batch per layer that has any, oldest layer first."""


class _Cursor:
    """The rest of one layer within the key range that is read."""

    def __init__(self, layer: Layer, start: Key | None, end: Key | None) -> None:
        self._batches = layer.batches(start, end)
        self.head: Batch | None = next(self._batches, None)

    def take_through(self, bound: Key) -> Batch | None:
        """Cut off the rows whose key is at most `bound`."""
        head = self.head
        if head is None or head.keys[0] > bound:
            return None
        cut = bisect_right(cast("Any", head.keys), bound)
        if cut >= head.rows:
            self.head = next(self._batches, None)
            return head
        self.head = head.slice(cut, head.rows)
        return head.slice(0, cut)


def windows(layers: Sequence[Layer], start: Key | None = None, end: Key | None = None) -> Iterator[Window]:
    """Walk `layers` (oldest first) through keys from `start` up to, not including, `end`."""
    cursors = [_Cursor(layer, start, end) for layer in layers]
    while True:
        bounds = [cursor.head.keys[-1] for cursor in cursors if cursor.head is not None]
        if not bounds:
            return
        bound = min(bounds)
        taken = [cursor.take_through(bound) for cursor in cursors]
        yield [batch for batch in taken if batch is not None]


def visible_keys(window: Window) -> Sequence[Key]:
    """Keys of the rows that a reader sees in `window`, in order."""
    if len(window) == 1:
        batch = window[0]
        if batch.ops is None:
            return batch.keys
        return [key for key, op in zip(batch.keys, batch.ops, strict=True) if op != DELETE]
    live: dict[Key, bool] = {}
    for batch in window:
        for key, op in zip(batch.keys, batch.ops or [UPSERT] * batch.rows, strict=True):
            live[key] = op != DELETE
    return sorted(cast("Any", (key for key, alive in live.items() if alive)))


def visible_rows(window: Window) -> tuple[Sequence[Key], list[dict[str, Any]]]:
    """Keys and decoded rows that a reader sees in `window`, in order."""
    if len(window) == 1 and window[0].ops is None:
        return window[0].keys, window[0].decode()
    merged: dict[Key, dict[str, Any]] = {}
    for batch in window:
        ops = batch.ops or [UPSERT] * batch.rows
        for key, op, row in zip(batch.keys, ops, batch.decode(), strict=True):
            if op == DELETE:
                merged.pop(key, None)
            elif op == REPLACE or key not in merged:
                merged[key] = row
            else:
                merged[key].update(row)
    keys = sorted(cast("Any", merged))
    return keys, [merged[key] for key in keys]


def overlay(older: LayerRow, newer: LayerRow) -> LayerRow:
    """One row that stands for both."""
    if newer.op != UPSERT:
        return newer
    if older.op == DELETE:
        return LayerRow(REPLACE, newer.cells, newer.size, None)
    return LayerRow(older.op, {**older.cells, **newer.cells}, older.size + newer.size, None)


def layer_rows(window: Window) -> tuple[list[Key], list[LayerRow]]:
    """Keys and rows of `window` merged into what one layer would say, deletions included."""
    if len(window) == 1:
        return list(window[0].keys), window[0].layer_rows()
    merged: dict[Key, LayerRow] = {}
    for batch in window:
        for key, row in zip(batch.keys, batch.layer_rows(), strict=True):
            older = merged.get(key)
            merged[key] = row if older is None else overlay(older, row)
    keys = sorted(cast("Any", merged))
    return keys, [merged[key] for key in keys]


def within(keys: Sequence[Key], start: Key | None, end: Key | None) -> tuple[int, int]:
    """Positions in ascending `keys` of the half-open range from `start` to `end`."""
    low = 0 if start is None else bisect_left(cast("Any", keys), start)
    high = len(keys) if end is None else bisect_left(cast("Any", keys), end)
    return low, max(low, high)
