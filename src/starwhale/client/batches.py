"""Batches of rows on their way to a server, which numbers them: one that is sent twice counts once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

import orjson

from starwhale.core.errors import NotFound, StarwhaleError, Unavailable
from starwhale.storage.tables.frames import encode_frame

if TYPE_CHECKING:
    from starwhale.client.http import Http

_TYPE = {"Content-Type": "application/octet-stream"}
#: Bytes of a batch, about, and the lists and objects in it; a server takes more.
BATCH_BYTES, BATCH_NESTED = 8 << 20, 400_000
Change = list[Any]
"""A table, and its rows."""


def cut(rows: Iterable[tuple[str, list[Any]]]) -> Iterator[list[Change]]:
    """Tables and rows, put together to batches that a server takes, in their order."""
    tables: dict[str, list[Any]] = {}
    size = nested = 0
    for table, row in rows:
        told = orjson.dumps(row)
        # As the server counts them, which does not look what is in a string.
        marks = told.count(b"[") + told.count(b"{")
        if tables and (size + len(told) > BATCH_BYTES or nested + marks > BATCH_NESTED):
            yield [[name, found] for name, found in tables.items()]
            tables, size, nested = {}, 0, 0
        tables.setdefault(table, []).append(row)
        size, nested = size + len(told), nested + marks
    if tables:
        yield [[name, found] for name, found in tables.items()]


class Batches:
    """Sends batches one after the other. Used by one thread at a time.

    Args:
        http: The connection.
        place: Where sessions of writing lie.
        open_session: Has the server open one, and gives its number.
    """

    def __init__(self, http: Http, place: str, open_session: Callable[[], int]) -> None:
        self._http = http
        self._place = place
        self._open_session = open_session
        self._session: int | None = None
        self._sequence = 0
        self.stuck: list[Change] = []

    def send(self, changes: list[Change]) -> None:
        """Send a batch, behind the one that got stuck; what is stuck now goes first the next time.

        Raises:
            Unavailable: the server does not answer, and nobody knows whether the batch has arrived.
            StarwhaleError: it was refused, and will be again.
        """
        if self.stuck:
            self._send()
        if changes:
            self.stuck = changes
            self._send()

    def _send(self) -> None:
        try:
            fresh = self._session is None
            if fresh:
                self._begin()
            try:
                self._put()
            except NotFound:
                if fresh:
                    raise
                # The server has forgotten a session that was not used for long, or was restored since.
                self._begin()
                self._put()
        except Unavailable:
            raise
        except StarwhaleError:
            self.stuck = []
            raise
        self._sequence += 1
        self.stuck = []

    def _begin(self) -> None:
        self._session = None
        self._session, self._sequence = self._open_session(), 0

    def _put(self) -> None:
        frame = encode_frame(self._sequence + 1, self.stuck)
        # The same number goes with the same rows, so it may be sent as often as it takes.
        where = f"{self._place}/{self._session}/batches"
        self._http.send("POST", where, again=True, content=lambda: iter([frame]), headers=_TYPE)

    def close(self) -> None:
        """End the session; what is stuck is forgotten."""
        self.stuck = []
        if self._session is not None:
            self._http.delete(f"{self._place}/{self._session}")
            self._session = None
