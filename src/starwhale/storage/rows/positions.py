"""Rows by their place in key order: the first, the last, the one in the middle."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import accumulate, pairwise
from typing import Any, NamedTuple, cast

from starwhale.storage.layers.format import Key
from starwhale.storage.rows.layer import Layer
from starwhale.storage.rows.merge import visible_keys, visible_rows, windows
from starwhale.storage.rows.snapshot import Snapshot

DENSE = 8
"""Neighbours from which on decoding them together is quicker than one by one."""

Rows = tuple[Sequence[Key], list[dict[str, Any]]]


class _Block(NamedTuple):
    """Neighbouring rows that are read together: a batch of the only layer, or a window of several."""

    kind: type
    file: int
    batch: int
    first: Key
    rows: int


class Positions:
    """Gives rows by position, from 0 in key order, decoding only what is asked for.

    Where a kind of key has one layer without deletions, as after a build, the index of its files
    tells where every row is. Elsewhere the keys are walked through once.

    Args:
        snapshot: The rows.
    """

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._blocks = [block for kind in (int, str) for block in _blocks(snapshot, kind)]
        self._begins = [0, *accumulate(block.rows for block in self._blocks)]
        self._ends: dict[_Block, Key] = {
            block: following.first
            for block, following in pairwise(self._blocks)
            if block.kind is following.kind
        }
        self._keys = lru_cache(maxsize=64)(self._read_keys)

    def __len__(self) -> int:
        return self._begins[-1]

    def rows(self, low: int = 0, high: int | None = None) -> Iterator[Rows]:
        """Keys and rows from position `low` up to, not including, `high`, a block at a time."""
        high = len(self) if high is None else min(high, len(self))
        place = bisect_right(self._begins, low) - 1
        while low < high:
            begin, block = self._begins[place], self._blocks[place]
            stop = min(high, begin + block.rows)
            yield self._decode(block, low - begin, stop - begin)
            low, place = stop, place + 1

    def row(self, position: int) -> tuple[Key, dict[str, Any]]:
        """Key and row at a position.

        Raises:
            IndexError: there is none.
        """
        if not 0 <= position < len(self):
            raise IndexError(position)
        place = bisect_right(self._begins, position) - 1
        block, inside = self._blocks[place], position - self._begins[place]
        if block.file >= 0:
            batch = self._layer(block).file(block.file).batch(block.batch)
            return batch.keys[inside], batch.row(inside)
        key = self._block_keys(place)[inside]
        return key, self._snapshot.get(key) or {}

    def keys(self, low: int, high: int) -> list[Key]:
        """Keys from position `low` up to, not including, `high`, without the rows."""
        low, high = max(0, low), min(high, len(self))
        found: list[Key] = []
        place = bisect_right(self._begins, low) - 1
        while low < high:
            begin = self._begins[place]
            stop = min(high, self._begins[place + 1])
            found += self._block_keys(place)[low - begin : stop - begin]
            low, place = stop, place + 1
        return found

    def before(self, key: Key) -> int:
        """How many rows come before a key, whether or not there is a row of that key."""
        kind = type(key)
        of_kind = [place for place, block in enumerate(self._blocks) if block.kind is kind]
        if not of_kind:
            return 0 if kind is int else len(self)
        firsts = cast("list[Any]", [self._blocks[place].first for place in of_kind])
        at = bisect_right(firsts, key) - 1
        if at < 0:
            return self._begins[of_kind[0]]
        place = of_kind[at]
        return self._begins[place] + bisect_left(cast("Any", self._block_keys(place)), key)

    def take(self, positions: Sequence[int]) -> list[tuple[Key, dict[str, Any]]]:
        """Keys and rows at some positions, in the order in which they are asked for.

        Raises:
            IndexError: one is none.
        """
        if positions and not (min(positions) >= 0 and max(positions) < len(self)):
            raise IndexError(min(positions) if min(positions) < 0 else max(positions))
        found: dict[int, tuple[Key, dict[str, Any]]] = {}
        for low, high in _neighbours(sorted(positions)):
            if high - low < DENSE:
                found.update((place, self.row(place)) for place in range(low, high))
                continue
            place = low
            for keys, rows in self.rows(low, high):
                for pair in zip(keys, rows, strict=True):
                    found[place] = pair
                    place += 1
        return [found[position] for position in positions]

    def _block_keys(self, place: int) -> Sequence[Key]:
        block = self._blocks[place]
        if block.file < 0:
            return self._keys(place)
        return self._layer(block).file(block.file).batch(block.batch).keys

    def _layer(self, block: _Block) -> Layer:
        return self._snapshot.layers(block.kind)[0]

    def _decode(self, block: _Block, low: int, high: int) -> Rows:
        if block.file >= 0:
            batch = self._layer(block).file(block.file).batch(block.batch).slice(low, high)
            return batch.keys, batch.decode()
        keys: list[Key] = []
        rows: list[dict[str, Any]] = []
        for window in windows(self._snapshot.layers(block.kind), block.first, self._ends.get(block)):
            some, decoded = visible_rows(window)
            keys.extend(some)
            rows.extend(decoded)
        return keys[low:high], rows[low:high]

    def _read_keys(self, place: int) -> list[Key]:
        block = self._blocks[place]
        reached = windows(self._snapshot.layers(block.kind), block.first, self._ends.get(block))
        return [key for window in reached for key in visible_keys(window)]


def _neighbours(positions: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Ascending positions as ranges without gaps."""
    low = high = -1
    for position in positions:
        if position > high:
            if high > low:
                yield low, high
            low = position
        high = position + 1
    if high > low:
        yield low, high


def _blocks(snapshot: Snapshot, kind: type) -> Iterator[_Block]:
    layers = snapshot.layers(kind)
    if len(layers) == 1 and not any(ref.ops for ref in layers[0].refs):
        for place in range(len(layers[0].refs)):
            file = layers[0].file(place)
            for batch, rows in enumerate(file.batch_rows):
                yield _Block(kind, place, batch, file.firsts[batch], rows)
        return
    for window in windows(layers):
        keys = visible_keys(window)
        if keys:
            yield _Block(kind, -1, -1, keys[0], len(keys))
