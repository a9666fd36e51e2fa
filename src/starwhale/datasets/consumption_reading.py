"""One process among those that share the rows of a version."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Protocol

from starwhale.core.errors import Conflict, StarwhaleError
from starwhale.kit.process import ProcessId, this_process

if TYPE_CHECKING:
    from starwhale.artifacts.schemas import VersionRead
    from starwhale.core.actor import Actor
    from starwhale.datasets.consumption import Lease
    from starwhale.datasets.consumption_notes import Note
    from starwhale.storage.rows.positions import Positions

_POLL = 0.05


class Sessions(Protocol):
    """Sessions of an instance: `ConsumptionService`, or its twin on a server."""

    @property
    def lease_seconds(self) -> float:
        """How long a process may stay silent before its range goes to another one."""
        ...

    def join(self, actor: Actor, project: str, name: str, version: VersionRead, rows: int) -> int:
        """See `ConsumptionService.join`."""
        ...

    def claim(self, number: int, batch: int, process: ProcessId) -> Lease | None:
        """See `ConsumptionService.claim`."""
        ...

    def prolong(self, number: int, lease: Lease, *, by: float | None = None) -> bool:
        """See `ConsumptionService.prolong`."""
        ...

    def finish(self, actor: Actor, number: int, lease: Lease) -> bool:
        """See `ConsumptionService.finish`."""
        ...

    def is_finished(self, number: int) -> bool:
        """Whether every row was consumed."""
        ...

    def noting(self, number: int, lease: Lease) -> Note:
        """Where the holder of a lease notes how far he is."""
        ...


class Consumer:
    """One process in a session.

    Args:
        service: The sessions.
        actor: Who reads.
        number: Which.
        batch: Rows to lease at a time, > 0.
        positions: The rows.
    """

    def __init__(
        self, service: Sessions, actor: Actor, number: int, batch: int, positions: Positions
    ) -> None:
        self._service = service
        self._actor = actor
        self._number = number
        self._batch = batch
        self._positions = positions
        self._process = this_process()

    def rows(self) -> Iterator[tuple[Any, dict[str, Any]]]:
        """Keys and rows that no other process gets; ends when all rows of the session are consumed.

        Raises:
            Conflict: the process was silent for so long that its rows went to another one.
        """
        while True:
            lease = self._service.claim(self._number, self._batch, self._process)
            if lease is not None:
                yield from self._range(lease)
            elif self._service.is_finished(self._number):
                return
            else:
                # Others still read; should one of them die, its rows are to be had.
                time.sleep(_POLL)

    def _range(self, lease: Lease) -> Iterator[tuple[Any, dict[str, Any]]]:
        with self._service.noting(self._number, lease) as note:
            heart = _Heart(self._service, self._number, lease)
            heart.start()
            whole = False
            try:
                place = lease.done
                for keys, rows in self._positions.rows(lease.done, lease.stop):
                    for key, row in zip(keys, rows, strict=True):
                        heart.check()
                        yield key, row
                        place += 1
                        note.write(place)
                whole = True
            finally:
                heart.stop()
                if not whole:
                    # Whoever stops half-way leaves the rest to the others at once.
                    note.settle()
                    self._service.prolong(self._number, lease, by=-1)
        if not self._service.finish(self._actor, self._number, lease):
            raise lost(lease)


class _Heart(threading.Thread):
    """Keeps a lease while its rows are worked on, however long one takes."""

    def __init__(self, service: Sessions, number: int, lease: Lease) -> None:
        super().__init__(name="starwhale-lease", daemon=True)
        self._service = service
        self._number = number
        self._lease = lease
        self._over = threading.Event()
        self._lost = False
        self._renewed = time.monotonic()

    def run(self) -> None:
        """Prolong the lease, three times in its length."""
        while not self._over.wait(self._service.lease_seconds / 3) and not self._lost:
            self._try_to_renew()

    def check(self) -> None:
        """See that the lease is still there: a process that was stopped for a while may have lost it.

        Raises:
            Conflict: it is not.
        """
        if time.monotonic() - self._renewed > self._service.lease_seconds:
            self._renew()
        if self._lost:
            raise lost(self._lease)

    def _renew(self) -> None:
        begun = time.monotonic()
        if self._service.prolong(self._number, self._lease):
            self._renewed = begun
        else:
            self._lost = True

    def _try_to_renew(self) -> None:
        # Whether it matters that it did not succeed, `check` sees.
        with suppress(StarwhaleError):
            self._renew()

    def stop(self) -> None:
        """End."""
        self._over.set()
        self.join()


def lost(lease: Lease) -> Conflict:
    """What is raised where another process has a range by now."""
    return Conflict(
        f"rows {lease.start} to {lease.stop} went to another process, for this one was silent too long",
        hint="raise SW_LEASE_SECONDS (`lease` of a server) where processes are stopped for a while",
    )
