"""Many processes share the rows of one version: each row is consumed once, although any of them dies.

Rows are handed out in ranges of positions, each on a lease. How far a process is in its range it
notes in a small file, a write into memory a row; when it dies its range goes to another one, which
goes on behind the rows that were consumed. A row counts as consumed when the next one is asked for,
so the row that a dying process had in hand, and no other, is handed out again. Where processes
cannot see each other's files, a range is handed out again from where its holder last said to be, by
`ConsumptionService.advance`; from its beginning where he has said nothing.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from starwhale.catalog.outbox import emit
from starwhale.catalog.tables.datasets import ConsumptionRangeRow, ConsumptionRow
from starwhale.catalog.tables.projects import ProjectRow
from starwhale.core.errors import Conflict, NotFound, Unauthorized, UsageError
from starwhale.core.kinds import Kind
from starwhale.core.permissions import READ_PROJECT, reading, writing
from starwhale.datasets.consumption_notes import MappedNote, noted
from starwhale.datasets.repository import ConsumptionRepository
from starwhale.kit.process import ProcessId, is_alive
from starwhale.kit.times import utc_now
from starwhale.projects.service import ProjectService

if TYPE_CHECKING:
    from starwhale.artifacts.schemas import VersionRead
    from starwhale.catalog.engine import Catalog
    from starwhale.core.actor import Actor

KEPT = timedelta(days=7)
"""How long a finished session is remembered, so that a late process is told that nothing is left."""

NAME_CHARS = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """A range that a process reads.

    Attributes:
        start: First position of the range.
        done: First position that was not consumed yet.
        stop: First position that is not part of it.
        token: Fencing token.
        before: Token of whoever had the range before and was lost; None where nobody had.
    """

    start: int
    done: int
    stop: int
    token: int
    before: int | None = None


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

        Whoever may write datasets of the project shares its sessions. One who may only read has sessions of
        his own, so that he takes no rows away from others.

        Raises:
            UsageError: the name is empty or too long.
            Conflict: the session reads another version.
            Unauthorized: nobody knows who asks.
        """
        check_session(name)
        if actor.user is None and not actor.admin:
            raise Unauthorized("nobody is logged in, and rows are handed out to somebody", hint="log in")
        try:
            return self._join(actor, project, name, version, rows)
        except Conflict:
            # Somebody else may have begun it at this very moment, and then it is there now.
            return self._join(actor, project, name, version, rows)

    def _join(self, actor: Actor, project: str, name: str, version: VersionRead, rows: int) -> int:
        now = utc_now()
        with self.catalog.begin() as session:
            project_id = ProjectService(self.catalog).id_in(session, actor, project, reading(Kind.DATASET))
            name = _own(actor, project_id, name)
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
                session.flush()
                happened = "consumption.begun"
            elif found.version != version.version:
                raise Conflict(
                    f"session {name!r} reads {found.dataset}/version/{found.version[:12]}, not {version}",
                    hint="use another session id for another version",
                )
            else:
                happened = "consumption.joined"
            emit(session, actor, happened, _facts(found), project=project_id)
            return found.id

    def enter(self, actor: Actor, number: int) -> None:
        """Make sure that a session is one that somebody may take part in.

        Raises:
            NotFound: it is not there, or he may not.
        """
        # One statement, whether it is there or not: how long it takes must not tell.
        query = (
            select(ConsumptionRow.project_id, ConsumptionRow.session, ProjectRow.public)
            .join(ProjectRow, ProjectRow.id == ConsumptionRow.project_id)
            .where(ConsumptionRow.id == number, ProjectRow.removed_at.is_(None))
        )
        with self.catalog.read() as session:
            found = session.execute(query).one_or_none()
        if found is None or not _may_enter(actor, *found):
            raise _gone()

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
                before, done = lost.token, noted(self.note(number, lost.token), lost.start, lost.stop)
                repository.take_over(lost, found.tokens, process, expires)
                return Lease(start=lost.start, done=done, stop=lost.stop, token=found.tokens, before=before)
            start, stop = found.next, min(found.rows, found.next + batch)
            found.next = stop
            repository.hand_out(number, start, stop, found.tokens, process, expires)
            return Lease(start=start, done=start, stop=stop, token=found.tokens)

    def prolong(self, number: int, lease: Lease, *, by: float | None = None) -> bool:
        """Keep a lease for `by` seconds from now; False where another process has the range by now."""
        expires = utc_now() + timedelta(seconds=self.lease_seconds if by is None else by)
        with self.catalog.begin() as session:
            return ConsumptionRepository(session).prolong(number, lease.token, expires)

    def advance(self, number: int, token: int, done: int) -> bool:
        """Say how far a range is read, and keep its lease; False where another process has it by now."""
        expires = utc_now() + timedelta(seconds=self.lease_seconds)
        with self.catalog.begin() as session:
            return ConsumptionRepository(session).advance(number, token, done, expires)

    def finish(self, actor: Actor, number: int, lease: Lease) -> bool:
        """Say that a range was read through; False where another process has it by now."""
        with self.catalog.begin() as session:
            repository = ConsumptionRepository(session)
            found = _known(repository.lock(number))
            if not repository.drop(number, lease.token):
                return False
            is_last = found.next >= found.rows and repository.open_ranges(number) == 0
            if is_last:
                found.finished_at = utc_now()
                emit(session, actor, "consumption.finished", _facts(found), project=found.project_id)
        if is_last:
            shutil.rmtree(self.note(number, lease.token).parent, ignore_errors=True)
        else:
            self.note(number, lease.token).unlink(missing_ok=True)
        return True

    def began(self, number: int) -> datetime:
        """When a session began."""
        with self.catalog.read() as session:
            return _known(session.get(ConsumptionRow, number)).created_at

    def is_finished(self, number: int) -> bool:
        """Whether every row was consumed."""
        with self.catalog.read() as session:
            found = session.get(ConsumptionRow, number)
            return found is None or found.finished_at is not None

    def noting(self, number: int, lease: Lease) -> MappedNote:
        """Where the holder of a lease notes how far he is."""
        return MappedNote(self.note(number, lease.token), lease.done)

    def note(self, number: int, token: int) -> Path:
        """The file in which the holder of a lease notes how far he is."""
        return self.folder / str(number) / str(token)

    def _is_lost(self, row: ConsumptionRangeRow, now: datetime) -> bool:
        alive = is_alive(ProcessId(host=row.host, pid=row.pid, started=row.started))
        return alive is False or row.expires_at < now


def check_session(name: str) -> None:
    """Make sure that a session may be called so.

    Raises:
        UsageError: the name is empty or too long.
    """
    if not name or len(name) > NAME_CHARS:
        raise UsageError(f"a session is called by 1 to {NAME_CHARS} characters, not {name[:40]!r}")


def _known(found: ConsumptionRow | None) -> ConsumptionRow:
    if found is None:
        raise _gone()
    return found


def _facts(found: ConsumptionRow) -> dict[str, Any]:
    return {
        "consumption": found.id,
        "session": found.session,
        "dataset": found.dataset,
        "version": found.version,
    }


def _gone() -> NotFound:
    return NotFound("the session is not there any more", hint="begin another one")


def _may_enter(actor: Actor, project: int, name: str, public: bool | None) -> bool:
    wanted = (READ_PROJECT, reading(Kind.DATASET))
    if not all(actor.may(each, project, public=bool(public)) for each in wanted):
        return False
    return actor.may(writing(Kind.DATASET), project) or name.startswith(_mine(actor))


def _own(actor: Actor, project: int, name: str) -> str:
    return name if actor.may(writing(Kind.DATASET), project) else f"{_mine(actor)}{name}"[:NAME_CHARS]


def _mine(actor: Actor) -> str:
    return f"{actor.name}/"
