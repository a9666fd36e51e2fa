"""Rows on their way to where they take a while to get: first into the journal, which no kill takes away."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from starwhale.core.errors import UnsupportedValue
from starwhale.experiments.journal import Journal, Record
from starwhale.experiments.paths import RunPlace
from starwhale.storage.tables.cells import pack_whole
from starwhale.storage.tables.frames import weight_of

LARGEST = 20 << 20
"""Bytes of a row; a server takes a batch of 32 MiB."""


class Spool:
    """Takes rows in place of a `TableWriter`. Used by one thread at a time.

    Args:
        journal: Where they go.
        place: The run that they belong to.
        deliver: Has what is in the journal brought to the tables, if they can be reached now.
    """

    def __init__(self, journal: Journal, place: RunPlace, deliver: Callable[[], None]) -> None:
        self._journal = journal
        self._place = place
        self._deliver = deliver
        self._rows: list[Record] = []

    def put(self, path: str, key: str, values: Mapping[str, Any]) -> None:
        """See `TableWriter.put`.

        Raises:
            UnsupportedValue: a value has no stored form, or is larger than what is sent as one.
        """
        cells = {name: pack_whole(value, name) for name, value in values.items()}
        if weight_of(cells) > LARGEST:
            raise UnsupportedValue(
                f"{key!r} is larger than the {LARGEST >> 20} MiB that a value on a server may have",
                hint="write it into a file, and log the path of that with track.artifacts",
            )
        self._rows.append(["r", time.time(), path.removeprefix(self._place.prefix), key, cells])

    def flush(self, path: str | None = None) -> None:
        """Write down what was put, and have it delivered; it is not lost where that is not possible now."""
        rows, self._rows = self._rows, []
        for row in rows:
            self._journal.append(row)
        self._deliver()

    def close(self) -> None:
        """Forget what was not flushed."""
        self._rows = []
