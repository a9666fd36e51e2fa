"""Batches of rows on their way to a server, which numbers them: one that is sent twice counts once."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from starwhale.core.errors import NotFound, StarwhaleError, Unavailable
from starwhale.storage.tables.frames import encode_frame

if TYPE_CHECKING:
    from starwhale.client.http import Http

_TYPE = {"Content-Type": "application/octet-stream"}
Change = list[Any]
"""A table, and its rows."""


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
