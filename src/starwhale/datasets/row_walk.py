"""The rows that a question wants, one behind the other, until it has looked at enough of them."""

from __future__ import annotations

import time
from collections.abc import Iterator

from starwhale.datasets.cells_shown import Key
from starwhale.datasets.matches import matching
from starwhale.datasets.row_filters import test_of
from starwhale.datasets.rows_shown import RowQuery
from starwhale.storage.rows.merge import visible_keys, windows
from starwhale.storage.rows.snapshot import Snapshot
from starwhale.storage.tables.query import columns_of

#: Rows that one question looks at; the next one goes on behind them.
LOOKED_AT = 50_000


class RowWalk:
    """Keys of the rows that a query wants, in order, as far as one question goes.

    Args:
        snapshot: The version.
        query: Which rows.
        patience: Seconds after which the question says how far it got.

    Attributes:
        looked_at: Rows that were looked at.
        next: Where the next question goes on; None at the end.
    """

    def __init__(self, snapshot: Snapshot, query: RowQuery, patience: float) -> None:
        self._snapshot = snapshot
        self._query = query
        self._until = time.monotonic() + patience
        self.looked_at = 0
        self.next: Key | None = None

    def wanted(self) -> Iterator[Key]:
        """The keys."""
        for key, is_wanted in self._rows():
            if self.looked_at >= LOOKED_AT or (self.looked_at % 16 == 15 and self._is_late()):
                self.next = key
                return
            self.looked_at += 1
            if is_wanted:
                yield key

    def _is_late(self) -> bool:
        return time.monotonic() > self._until

    def _rows(self) -> Iterator[tuple[Key, bool]]:
        query = self._query
        needed = columns_of(query.where)
        test = None if query.where is None else test_of(query.where)
        for kind in (int, str):
            if (isinstance(query.start, str) and kind is int) or (isinstance(query.end, int) and kind is str):
                continue
            start = query.start if isinstance(query.start, kind) else None
            end = query.end if isinstance(query.end, kind) else None
            for window in windows(self._snapshot.layers(kind), start, end):
                if test is None:
                    yield from ((key, True) for key in visible_keys(window))
                    continue
                yield from matching(window, needed, test)
