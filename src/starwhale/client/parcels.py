"""Small blobs of a build wait here and travel together: a request for each costs more than its bytes."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from threading import Lock
from typing import TYPE_CHECKING

from starwhale.core.errors import Conflict

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starwhale.client.http import Http

#: Blobs up to this size wait for others.
SMALL = 16 << 10
#: Bytes, and blobs, of one build that wait at the most.
_ROOM = 512 << 10
_MOST = 500


class Parcels:
    """What waits to be sent to a server. Safe to share among threads.

    Args:
        http: The connection.
    """

    def __init__(self, http: Http) -> None:
        self._http = http
        self._waiting: dict[int, dict[str, bytes]] = {}
        self._lock = Lock()

    def add(self, build: int, digest: str, data: bytes) -> None:
        """Let a blob wait until its build is published; when there are too many, all of them are sent.

        Raises:
            Conflict: the bytes have another digest.
        """
        if hashlib.sha256(data).hexdigest() != digest:
            raise Conflict(f"what was to be sent is not blob {digest[:12]}")
        full = None
        with self._lock:
            waiting = self._waiting.setdefault(build, {})
            waiting[digest] = data
            if len(waiting) > _MOST or sum(map(len, waiting.values())) > _ROOM:
                full = dict(waiting)
        if full is not None:
            self._http.send("POST", f"/builds/{build}/blobs", json={"blobs": in_text(full)}, again=True)
            self.forget(build, full)

    def find(self, digest: str) -> bytes | None:
        """A blob that waits; None where none of that digest does."""
        with self._lock:
            return next((each[digest] for each in self._waiting.values() if digest in each), None)

    def of(self, build: int) -> dict[str, bytes]:
        """The blobs of a build that wait."""
        with self._lock:
            return dict(self._waiting.get(build, {}))

    def forget(self, build: int, sent: Mapping[str, bytes] | None = None) -> None:
        """Note that blobs of a build were sent.

        Args:
            build: Its number.
            sent: Which; None for all of them, as when the build has ended.
        """
        with self._lock:
            waiting = self._waiting.get(build, {})
            for digest in list(waiting if sent is None else sent):
                waiting.pop(digest, None)
            if not waiting:
                self._waiting.pop(build, None)


def in_text(blobs: Mapping[str, bytes]) -> dict[str, str]:
    """Blobs as JSON holds them."""
    return {digest: b64encode(data).decode() for digest, data in blobs.items()}
