"""An immutable snapshot of keyed rows: single reads, scans in key order, ranges to share out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, cast

from starwhale.storage.layers.batch import Batch
from starwhale.storage.layers.format import DELETE, REPLACE, Key
from starwhale.storage.rows.layer import Layer, layers_of
from starwhale.storage.rows.manifest import LayerStore, Manifest
from starwhale.storage.rows.merge import visible_keys, visible_rows, windows


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRange:
    """A run of rows.

    Attributes:
        start: First key.
        end: First key after it ("" is before every string key), or None for the end of all rows.
        rows: How many rows it has.
    """

    start: Key
    end: Key | None
    rows: int


class Snapshot:
    """Rows as one manifest describes them. Int keys come before strings.

    Args:
        store: Where its files lie.
        manifest: What it consists of.
    """

    def __init__(self, store: LayerStore, manifest: Manifest) -> None:
        self.store = store
        self.manifest = manifest
        self._layers: dict[type, list[Layer]] = {
            kind: layers_of(manifest.files, kind, store.open) for kind in (int, str)
        }

    def __len__(self) -> int:
        return self.manifest.count

    def __contains__(self, key: object) -> bool:
        return isinstance(key, (int, str)) and self.get(key) is not None

    def get(self, key: Key) -> dict[str, Any] | None:
        """The row of `key`, or None."""
        parts = self.parts(key)
        if not parts:
            return None
        batch, place = parts.pop()
        merged = batch.row(place)
        while parts:
            batch, place = parts.pop()
            merged.update(batch.row(place))
        return merged

    def parts(self, key: Key) -> list[tuple[Batch, int]]:
        """Where what makes up the row of `key` lies, newest first; empty where there is no such row."""
        found: list[tuple[Batch, int]] = []
        for layer in reversed(self._layers[type(key)]):
            hit = layer.find(key)
            if hit is None:
                continue
            batch, place = hit
            op = 0 if batch.ops is None else batch.ops[place]
            if op == DELETE:
                break
            found.append(hit)
            if op == REPLACE:
                break
        return found

    def holders(self, key: Key) -> list[tuple[int, bytes | None]]:
        """(operation, row digest) of `key` in each layer that has it, newest first."""
        result: list[tuple[int, bytes | None]] = []
        for layer in reversed(self._layers[type(key)]):
            hit = layer.find(key)
            if hit is not None:
                batch, row = hit
                op = 0 if batch.ops is None else batch.ops[row]
                result.append((op, batch.digest(row)))
                if op in (DELETE, REPLACE):
                    break
        return result

    def alive(self, key: Key) -> bool:
        """Whether a reader sees a row of `key`."""
        held = self.holders(key)
        return bool(held) and held[0][0] != DELETE

    def layers(self, kind: type) -> list[Layer]:
        """Layers whose keys are of `kind`, oldest first."""
        return self._layers[kind]

    def highest(self, kind: type) -> Key | None:
        """Highest key of `kind` in any layer, deleted ones included."""
        lasts = [ref.last for ref in self.manifest.files if isinstance(ref.last, kind)]
        return max(cast("Any", lasts)) if lasts else None

    def chunks(
        self, start: Key | None = None, end: Key | None = None
    ) -> Iterator[tuple[list[Key], list[dict[str, Any]]]]:
        """Keys and rows in key order, a batch at a time, from `start` up to, not including, `end`."""
        for kind in self._kinds(start, end):
            for window in windows(self._layers[kind], *_bounds(kind, start, end)):
                keys, rows = visible_rows(window)
                if rows:
                    yield list(keys), rows

    def scan(self, start: Key | None = None, end: Key | None = None) -> Iterator[tuple[Key, dict[str, Any]]]:
        """Rows one by one in key order, from `start` up to, not including, `end`."""
        for keys, rows in self.chunks(start, end):
            yield from zip(keys, rows, strict=True)

    def keys(self, start: Key | None = None, end: Key | None = None) -> Iterator[Key]:
        """Keys in order, without reading the rows."""
        for kind in self._kinds(start, end):
            for window in windows(self._layers[kind], *_bounds(kind, start, end)):
                yield from visible_keys(window)

    def split(self, rows_per_range: int, head: int = 0) -> list[KeyRange]:
        """Cut the rows into runs of `rows_per_range`, for sharing them out.

        Args:
            rows_per_range: Rows of each run but the last, > 0.
            head: Only the first so many rows; 0 for all.
        """
        ranges: list[KeyRange] = []
        left = head if head > 0 else len(self)
        for kind in (int, str):
            keys = islice(self._kind_keys(kind), left)
            start = next(keys, None)
            while start is not None:
                rows = 1 + sum(1 for _ in islice(keys, rows_per_range - 1))
                left -= rows
                following = next(keys, None)
                end = following if following is not None else self._end_after(kind, start, rows, head)
                if end is None and kind is int and self._layers[str]:
                    end = ""
                ranges.append(KeyRange(start=start, end=end, rows=rows))
                start = following
        return ranges

    def _kind_keys(self, kind: type) -> Iterator[Key]:
        for window in windows(self._layers[kind]):
            yield from visible_keys(window)

    def _end_after(self, kind: type, start: Key, rows: int, head: int) -> Key | None:
        if head <= 0:
            return None
        rest = (key for window in windows(self._layers[kind], start) for key in visible_keys(window))
        return next(islice(rest, rows, None), None)

    def _kinds(self, start: Key | None, end: Key | None) -> list[type]:
        kinds: list[type] = [kind for kind in (int, str) if self._layers[kind]]
        if isinstance(start, str):
            kinds = [kind for kind in kinds if kind is str]
        if isinstance(end, int):
            kinds = [kind for kind in kinds if kind is int]
        return kinds


def _bounds(kind: type, start: Key | None, end: Key | None) -> tuple[Key | None, Key | None]:
    """The part of a range that concerns keys of `kind`."""
    return (start if isinstance(start, kind) else None, end if isinstance(end, kind) else None)
