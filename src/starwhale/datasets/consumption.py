"""Many processes share the rows of one version: each row is consumed once, although any of them dies.

Rows are handed out in ranges of positions, each on a lease. How far a process is in its range it
notes in a small file, a write into memory a row; when it dies its range goes to another one, which
goes on behind the rows that were consumed. A row counts as consumed when the next one is asked for,
so the row that a dying process had in hand, and no other, is handed out again. Where processes
cannot see each other's files, a range is handed out again as a whole.
"""

from __future__ import annotations

import mmap
import shutil
import struct
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from starwhale.catalog.tables.datasets import ConsumptionRangeRow, ConsumptionRow
from starwhale.core.errors import Conflict, NotFound, UsageError
from starwhale.core.kinds import Kind
from starwhale.core.permissions import reading
from starwhale.datasets.repository import ConsumptionRepository
from starwhale.kit.process import ProcessId, is_alive, this_process
from starwhale.kit.times import utc_now
from starwhale.projects.service import ProjectService

if TYPE_CHECKING:
    from starwhale.artifacts.schemas import VersionRead
    from starwhale.catalog.engine import Catalog
    from starwhale.core.actor import Actor
    from starwhale.storage.rows.positions import Positions

KEPT = timedelta(days=7)
"""How long a finished session is remembered, so that a late process is told that nothing is left."""

NAME_CHARS = 255
_POLL = 0.05
_DONE = struct.Struct("<q")


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """A range that a process reads.

    Attributes:
        start: First position of the range.
        done: First position that was not consumed yet.
        stop: First position that is not part of it.
        token: Fencing token.
    """

    start: int
    done: int
    stop: int
    token: int


@dataclass(frozen=True, slots=True)
class ConsumptionService:
    """Sessions of one catalog.

    Args:
        catalog: Where they are kept.
        folder: Where processes of this machine note how far they are.
        lease_seconds: How long a process may stay silent before its range goes to another one; one that
            is seen to be dead loses it at once.
    """

    catalog: Catalog
    folder: Path
    lease_seconds: float

    def join(self, actor: Actor, project: str, name: str, version: VersionRead, rows: int) -> int:
        """Take part in a session, which is begun where it is not there; its number.

        Raises:
            UsageError: the name is empty or too long.
            Conflict: the session reads another version.
        """
        if not name or len(name) > NAME_CHARS:
            raise UsageError(f"a session is called by 1 to {NAME_CHARS} characters, not {name[:40]!r}")
        now = utc_now()
        with self.catalog.begin() as session:
            project_id = ProjectService(self.catalog).id_in(session, actor, project, reading(Kind.DATASET))
            repository = ConsumptionRepository(session)
            repository.remove_finished(now - KEPT)
            found = repository.find(project_id, name)
            if found is None:
                found = ConsumptionRow(
                    project_id=project_id,
                    session=name,
                    dataset=version.name,
                    version=version.version,
                    rows=rows,
                    next=0,
                    tokens=0,
                    created_at=now,
                    finished_at=now if rows == 0 else None,
                )
                repository.add(found)
            elif found.version != version.version:
                raise Conflict(
                    f"session {name!r} reads {found.dataset}/version/{found.version[:12]}, not {version}",
                    hint="use another session id for another version",
                )
            return found.id

    def claim(self, number: int, batch: int, process: ProcessId) -> Lease | None:
        """Lease the next range; None where none is to be had now.

        Raises:
            NotFound: the session is not there any more.
        """
        now = utc_now()
        with self.catalog.begin() as session:
            repository = ConsumptionRepository(session)
            found = _known(repository.lock(number))
            if found.finished_at is not None:
                return None
            lost = next((row for row in repository.ranges(number) if self._is_lost(row, now)), None)
            if lost is None and found.next >= found.rows:
                return None
            found.tokens += 1
            expires = now + timedelta(seconds=self.lease_seconds)
            if lost is not None:
                done = self._done(number, lost)
                repository.take_over(lost, found.tokens, process, expires)
                return Lease(start=lost.start, done=done, stop=lost.stop, token=found.tokens)
            start, stop = found.next, min(found.rows, found.next + batch)
            found.next = stop
            repository.hand_out(number, start, stop, found.tokens, process, expires)
            return Lease(start=start, done=start, stop=stop, token=found.tokens)

    def prolong(self, number: int, lease: Lease, *, by: float | None = None) -> bool:
        """Keep a lease for `by` seconds from now; False where another process has the range by now."""
        expires = utc_now() + timedelta(seconds=self.lease_seconds if by is None else by)
        with self.catalog.begin() as session:
            return ConsumptionRepository(session).prolong(number, lease.start, lease.token, expires)

    def finish(self, number: int, lease: Lease) -> bool:
        """Say that a range was read through; False where another process has it by now."""
        with self.catalog.begin() as session:
            repository = ConsumptionRepository(session)
            found = _known(repository.lock(number))
            if not repository.drop(number, lease.start, lease.token):
                return False
            is_last = found.next >= found.rows and repository.open_ranges(number) == 0
            if is_last:
                found.finished_at = utc_now()
        if is_last:
            shutil.rmtree(self.note(number, lease.token).parent, ignore_errors=True)
        else:
            self.note(number, lease.token).unlink(missing_ok=True)
        return True

    def is_finished(self, number: int) -> bool:
        """Whether every row was consumed."""
        with self.catalog.read() as session:
            found = session.get(ConsumptionRow, number)
            return found is None or found.finished_at is not None

    def note(self, number: int, token: int) -> Path:
        """The file in which the holder of a lease notes how far he is."""
        return self.folder / str(number) / str(token)

    def _is_lost(self, row: ConsumptionRangeRow, now: datetime) -> bool:
        alive = is_alive(ProcessId(host=row.host, pid=row.pid, started=row.started))
        return alive is False or row.expires_at < now

    def _done(self, number: int, row: ConsumptionRangeRow) -> int:
        try:
            noted = _DONE.unpack(self.note(number, row.token).read_bytes())[0]
        except (OSError, struct.error):
            return row.start
        return noted if row.start <= noted <= row.stop else row.start


def _known(found: ConsumptionRow | None) -> ConsumptionRow:
    if found is None:
        raise NotFound("the session is not there any more", hint="begin another one")
    return found


class Consumer:
    """One process in a session.

    Args:
        service: The sessions.
        number: Which.
        batch: Rows to lease at a time, > 0.
        positions: The rows.
    """

    def __init__(self, service: ConsumptionService, number: int, batch: int, positions: Positions) -> None:
        self._service = service
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
        with _Note(self._service.note(self._number, lease.token), lease.done) as note:
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
                    self._service.prolong(self._number, lease, by=-1)
        if not self._service.finish(self._number, lease):
            raise _lost(lease)


class _Note:
    """How far a range is read, in memory that outlives the process."""

    def __init__(self, path: Path, done: int) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_DONE.pack(done))
        with path.open("r+b") as file:
            self._memory = mmap.mmap(file.fileno(), _DONE.size)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._memory.close()

    def write(self, done: int) -> None:
        """Note that everything before a position was consumed."""
        self._memory[:] = _DONE.pack(done)


class _Heart(threading.Thread):
    """Keeps a lease while its rows are worked on, however long one takes."""

    def __init__(self, service: ConsumptionService, number: int, lease: Lease) -> None:
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
            self._renew()

    def check(self) -> None:
        """See that the lease is still there: a process that was stopped for a while may have lost it.

        Raises:
            Conflict: it is not.
        """
        if time.monotonic() - self._renewed > self._service.lease_seconds:
            self._renew()
        if self._lost:
            raise _lost(self._lease)

    def _renew(self) -> None:
        begun = time.monotonic()
        if self._service.prolong(self._number, self._lease):
            self._renewed = begun
        else:
            self._lost = True

    def stop(self) -> None:
        """End."""
        self._over.set()
        self.join()


def _lost(lease: Lease) -> Conflict:
    return Conflict(
        f"rows {lease.start} to {lease.stop} went to another process, for this one was silent too long",
        hint="raise SW_LEASE_SECONDS where processes are stopped for a while",
    )
