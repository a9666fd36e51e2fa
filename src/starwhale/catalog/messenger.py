"""Carries news between the servers of one PostgreSQL, by ``LISTEN`` and ``NOTIFY`` on one connection.

News are sent after the commit that they are of, those of several commits together: as part of each
transaction they would have all writers of a database commit one after the other.
"""

from __future__ import annotations

import logging
import os
import selectors
from collections.abc import Callable
from contextlib import suppress
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING, Any

from starwhale.core.errors import StarwhaleError

if TYPE_CHECKING:
    from starwhale.catalog.engine import Catalog
    from starwhale.catalog.news import Nouns

_log = logging.getLogger("starwhale.catalog")
CHANNEL = "starwhale_news"
#: Seconds between two attempts to connect, those of silence after which the connection is tried, and those
#: in which news are collected before more are sent.
RETRY = 1.0
BEAT = 15.0
_COLLECT = 0.02


class Messenger:
    """One thread with a connection of its own; it connects again for as long as it is not closed.

    Args:
        catalog: Whose news it carries; in PostgreSQL.
    """

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._outgoing: set[str] = set()
        self._lock = Lock()
        self._ended = Event()
        self._bell, self._rope = os.pipe()
        os.set_blocking(self._bell, False)
        os.set_blocking(self._rope, False)
        self._thread = Thread(target=self._work, name="starwhale-messenger", daemon=True)
        self._leave: Callable[[], None] = catalog.news.carry(self._send)
        #: Whether it hears what others write, just now.
        self.connected = Event()
        self._thread.start()

    def close(self) -> None:
        """End; what was told before may still be on its way."""
        self._leave()
        self._ended.set()
        self._ring()
        self._thread.join(10)
        if not self._thread.is_alive():
            os.close(self._bell)
            os.close(self._rope)

    def _send(self, nouns: Nouns) -> None:
        with self._lock:
            rung = bool(self._outgoing)
            self._outgoing |= nouns
        if not rung:
            self._ring()

    def _ring(self) -> None:
        with suppress(BlockingIOError):
            os.write(self._rope, b"!")

    def _work(self) -> None:
        import psycopg

        while not self._ended.is_set():
            try:
                connection = self._catalog.own_connection()
                try:
                    self._carry(connection)
                finally:
                    self.connected.clear()
                    connection.close()
            except (StarwhaleError, psycopg.Error, OSError) as error:
                _log.warning("news of other servers come late: %s", error)
            except Exception:  # noqa: BLE001  (whatever it is, the next connection may be a better one)
                _log.exception("news of other servers come late")
            self._ended.wait(RETRY)

    def _carry(self, connection: Any) -> None:
        connection.rollback()
        connection.autocommit = True
        connection.execute("SET synchronous_commit = off")
        connection.execute(f"LISTEN {CHANNEL}".encode())
        self._catalog.news.hear(frozenset())
        self.connected.set()
        with selectors.DefaultSelector() as ready:
            ready.register(connection.fileno(), selectors.EVENT_READ)
            ready.register(self._bell, selectors.EVENT_READ)
            while not self._ended.is_set():
                found = {key.fd for key, _ in ready.select(BEAT)}
                if self._bell in found:
                    self._tell(connection)
                elif not found:
                    connection.execute("SELECT 1")
                self._hear(connection)

    def _hear(self, connection: Any) -> None:
        me = connection.info.backend_pid
        for message in connection.notifies(timeout=0):
            if message.pid != me:
                self._catalog.news.hear(frozenset(message.payload.split(",")))

    def _tell(self, connection: Any) -> None:
        with suppress(BlockingIOError):
            os.read(self._bell, 4096)
        with self._lock:
            nouns, self._outgoing = self._outgoing, set()
        if nouns:
            connection.execute("SELECT pg_notify(%s, %s)", (CHANNEL, ",".join(sorted(nouns))))
            self._ended.wait(_COLLECT)
