"""Rows that a filter wants, by their places: found once, step by step, and kept for whoever asks again."""

from __future__ import annotations

import time
from array import array
from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from threading import Lock
from typing import Any

from starwhale.datasets.row_filters import Test, test_of
from starwhale.storage.layers.batch import Batch
from starwhale.storage.layers.format import DELETE, Key
from starwhale.storage.rows.merge import layer_rows, windows
from starwhale.storage.rows.snapshot import Snapshot
from starwhale.storage.tables.masks import mask_of, places_of
from starwhale.storage.tables.query import Filter, columns_of

#: Rows that are looked at between two looks at the clock, where that is done one by one.
_STEP = 256
#: Bytes of places that are kept of all filters together.
MOST_KEPT = 64 << 20


class Matches:
    """Places of the rows of a snapshot that a filter wants, among all of its rows in key order.

    Args:
        snapshot: The rows.
        where: The filter.

    Attributes:
        looked_at: Rows that were looked at so far.
        done: Whether that is all.
    """

    def __init__(self, snapshot: Snapshot, where: Filter) -> None:
        self._steps = _steps(snapshot, where)
        self._places: array[int] = array("Q")
        self._lock = Lock()
        self.looked_at = 0
        self.done = False

    def __len__(self) -> int:
        return len(self._places)

    def look(self, until: float, *, count: int | None = None, place: int | None = None) -> None:
        """Look further.

        Args:
            until: What `time.monotonic` says when it is enough; at least one step is done.
            count: It is enough as well once so many rows have matched.
            place: It is enough as well once all before this row have been looked at.
        """
        with self._lock:
            while not self.done:
                if count is not None and len(self._places) >= count:
                    return
                if place is not None and self.looked_at >= place:
                    return
                step = next(self._steps, None)
                if step is None:
                    self.done = True
                    return
                rows, found = step
                self._places.extend(found)
                self.looked_at += rows
                if time.monotonic() > until:
                    return

    def places(self, low: int, high: int) -> Sequence[int]:
        """Places of the matches from number `low` up to, not including, `high`, as far as they are found."""
        return self._places[max(0, low) : high]

    def before(self, place: int) -> int:
        """How many of the matches found lie before a place."""
        return bisect_left(self._places, place)

    @property
    def size(self) -> int:
        """Bytes that are kept."""
        return len(self._places) * self._places.itemsize


def _steps(snapshot: Snapshot, where: Filter) -> Iterator[tuple[int, Sequence[int]]]:
    """How many rows each step looked at, and the places of those that match."""
    needed, test = columns_of(where), test_of(where)
    begin = 0
    for kind in (int, str):
        for window in windows(snapshot.layers(kind)):
            for rows, found in _looked(window, where, needed, test, begin):
                yield rows, found
                begin += rows


def _looked(
    window: list[Batch], where: Filter, needed: set[str], test: Test, begin: int
) -> Iterator[tuple[int, Sequence[int]]]:
    if len(window) == 1 and window[0].ops is None:
        mask = mask_of(where, window[0])
        if mask is not None:
            yield window[0].rows, places_of(mask, begin)
            return
    rows, found = 0, array("Q")
    for _, is_wanted in matching(window, needed, test):
        if is_wanted:
            found.append(begin + rows)
        rows += 1
        if rows == _STEP:
            yield rows, found
            begin, rows, found = begin + rows, 0, array("Q")
    yield rows, found


def matching(window: list[Batch], needed: set[str], test: Test) -> Iterator[tuple[Key, bool]]:
    """Keys of a window that a reader sees, each with whether it is wanted."""
    keys, rows = layer_rows([narrow(batch, needed) for batch in window])
    for key, row in zip(keys, rows, strict=True):
        if row.op != DELETE:
            yield key, test(key, row.cells)


def narrow(batch: Batch, names: Any) -> Batch:
    """The same rows with some columns only, so that the others are not touched."""
    if names is None:
        return batch
    return Batch(batch.arrow, {name: tag for name, tag in batch.tags.items() if name in names}, None)


class MatchBook:
    """Keeps the matches of filters that were asked for lately, up to `MOST_KEPT` bytes of them."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, str], Matches] = OrderedDict()
        self._lock = Lock()

    def find(self, manifest: str, snapshot: Snapshot, where: Filter) -> Matches:
        """The matches of a filter in the snapshot of a manifest."""
        # In words, since 1, 1.0 and true are the same to a dict.
        name = (manifest, repr(where))
        with self._lock:
            found = self._kept.get(name)
            if found is None:
                found = self._kept[name] = Matches(snapshot, where)
            self._kept.move_to_end(name)
            size = sum(each.size for each in self._kept.values())
            while len(self._kept) > 1 and (size > MOST_KEPT or len(self._kept) > 64):
                _, dropped = self._kept.popitem(last=False)
                size -= dropped.size
        return found
