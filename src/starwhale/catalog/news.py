"""News: whoever waits for changes is told at once that there are some, and of which nouns.

They are told when a change is durable, and may be lost: a process can end in between, and a connection can
break. So whoever waits also looks by himself now and then.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

#: Nouns of events, ``{"job", "dataset"}``; empty where nobody knows what was missed.
Nouns = frozenset[str]
Listener = Callable[[Nouns], None]
_NOTED = "starwhale.news"


class News:
    """News of one catalog. Safe to share among threads."""

    def __init__(self) -> None:
        self._listeners: tuple[Listener, ...] = ()
        self._carriers: tuple[Listener, ...] = ()
        self._lock = Lock()

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Be told of what this process writes, and others; ends when the function returned is called.

        Args:
            listener: Called in the thread of whoever wrote; it must be quick and raise nothing.
        """
        with self._lock:
            self._listeners = (*self._listeners, listener)

        def leave() -> None:
            with self._lock:
                self._listeners = tuple(each for each in self._listeners if each is not listener)

        return leave

    def carry(self, carrier: Listener) -> Callable[[], None]:
        """Be told only of what this process writes, so as to tell others; see `listen`."""
        with self._lock:
            self._carriers = (*self._carriers, carrier)

        def leave() -> None:
            with self._lock:
                self._carriers = tuple(each for each in self._carriers if each is not carrier)

        return leave

    def tell(self, nouns: Collection[str]) -> None:
        """Something was written here."""
        told = frozenset(nouns)
        self.hear(told)
        for each in self._carriers:
            each(told)

    def hear(self, nouns: Nouns) -> None:
        """Something was written elsewhere."""
        for each in self._listeners:
            each(nouns)

    def forget(self) -> None:
        """Tell nobody any more: in a child, those who listen are threads of its parent."""
        self._listeners = self._carriers = ()
        self._lock = Lock()


def note(session: Session, noun: str) -> None:
    """Have the transaction of `session` be news once it is durable."""
    session.info.setdefault(_NOTED, set()).add(noun)


def noted(session: Session) -> Collection[str]:
    """What was noted in a transaction."""
    return session.info.get(_NOTED, ())
