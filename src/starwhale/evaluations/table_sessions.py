"""Sessions in which tables are written from elsewhere, and whose batches count once."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

from sqlalchemy import bindparam, delete, insert, select, update

from starwhale.catalog.outbox import emit
from starwhale.catalog.tables.base import table_of
from starwhale.catalog.tables.projects import ProjectRow
from starwhale.catalog.tables.tablesessions import TableSessionRow
from starwhale.core.errors import Conflict, NotFound
from starwhale.core.permissions import Permission
from starwhale.evaluations.table_batches import Row, read_batch
from starwhale.kit.times import utc_now

if TYPE_CHECKING:
    from starwhale.catalog.engine import Catalog, Session
    from starwhale.core.actor import Actor
    from starwhale.projects.service import ProjectService
    from starwhale.storage.tables.store import TableStore, TableWriter

MOST_OPEN = 200
#: A session that was used last so long ago is forgotten.
KEPT = timedelta(days=7)
# Every batch asks this, so it is built once.
_SESSIONS = table_of(TableSessionRow)
_COUNT = (
    update(_SESSIONS)
    .where(_SESSIONS.c.id == bindparam("session"), _SESSIONS.c.sequence == bindparam("before"))
    .values(sequence=bindparam("now"), used_at=bindparam("at"))
)


class Target(Protocol):
    """What the sessions of a kind write.

    Attributes:
        kind: Name of the kind.
        event: Of what events tell.
        noun: What they call it.
        permission: What whoever writes needs.
        fold_after: After so many batches, and with the session, its tables are folded; 0 where only long
            ones are.
    """

    @property
    def kind(self) -> str: ...
    @property
    def event(self) -> str: ...
    @property
    def noun(self) -> str: ...
    @property
    def permission(self) -> Permission: ...
    @property
    def fold_after(self) -> int: ...

    def check_name(self, name: str) -> None:
        """Refuse what nothing of the kind is called.

        Raises:
            InvalidName: it is that.
        """
        ...

    def check(self, session: Session, project: int, name: str) -> None:
        """Refuse what is not written any more.

        Raises:
            NotFound: it is that.
        """
        ...

    def path(self, project: str, name: str, table: str) -> str:
        """Path of a table in the whole store."""
        ...

    def rows(self, name: str, table: str, rows: Sequence[Row]) -> Sequence[Row]:
        """The rows of a batch for a table, as they are written.

        Raises:
            UsageError: there is no such table, or they are no rows of it.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """What became of a batch.

    Attributes:
        sequence: Number of the last batch that counts.
        fresh: Whether this one changed anything; one that was sent before does not.
    """

    sequence: int
    fresh: bool


@dataclass(slots=True)
class _Open:
    """A session that this process writes for."""

    project: str
    number: int
    job: str
    user: int | None
    writer: TableWriter
    lock: threading.Lock = field(default_factory=threading.Lock)
    touched: set[str] = field(default_factory=set[str])


class TableSessions:
    """Writes tables for callers that are elsewhere. Safe to share among threads.

    Args:
        projects: Projects of the instance.
        tables: All its live tables.
        target: What is written.
    """

    def __init__(self, projects: ProjectService, tables: TableStore, target: Target) -> None:
        self._projects = projects
        self._tables = tables
        self._target = target
        self._open: OrderedDict[int, _Open] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def _catalog(self) -> Catalog:
        return self._projects.catalog

    def open(self, actor: Actor, project: str, job: str, *, part: str = "") -> int:
        """Begin to write; the number of the session.

        Args:
            actor: Who will write.
            project: Where.
            job: What of the project is written: the id of an evaluation, or of a run.
            part: Which part of it, where each has one writer: this one takes the place of all before.

        Raises:
            NotFound: there is no such project, or what is written lies in the trash.
            Forbidden: the caller may not write there.
            InvalidName: nothing is called so.
        """
        target, now = self._target, utc_now()
        target.check_name(job)
        with self._catalog.begin() as session:
            number = self._projects.id_in(session, actor, project, target.permission)
            target.check(session, number, job)
            session.execute(delete(TableSessionRow).where(TableSessionRow.used_at < now - KEPT))
            facts = {"project_id": number, "kind": target.kind, "job": job, "part": part}
            if part:
                session.execute(delete(TableSessionRow).filter_by(**facts))
            made = insert(TableSessionRow).values(
                **facts, user_id=actor.user, sequence=0, opened_at=now, used_at=now
            )
            opened = session.execute(made.returning(TableSessionRow.id)).scalar_one()
            told = {target.noun: job, "session": opened}
            emit(session, actor, f"{target.event}.writing", told, project=number)
        return opened

    def append(self, actor: Actor, project: str, number: int, data: bytes) -> Applied:
        """Write a batch: all of it, durably, or nothing; one that was written before changes nothing.

        Args:
            actor: Whoever opened the session.
            project: Its project.
            number: The session.
            data: A frame (see `storage.tables.frames`) whose sequence counts the batches of the session from
                1, and whose changes are ``[table, [[key, {column: value}], [key, null], ...]]``.

        Raises:
            NotFound: there is no such session of the caller, or its project was removed.
            UsageError: this is no batch, or holds something that cannot be written; nothing of it was.
            Conflict: a batch before it is missing.
        """
        found = self._session(actor, project, number)
        sequence, tables = read_batch(data)
        with found.lock:
            try:
                for table, rows in tables.items():
                    path = self._target.path(project, found.job, table)
                    put_rows(found.writer, path, self._target.rows(found.job, table, rows))
                    found.touched.add(path)
                found.writer.flush(guard=self._guard(actor, number, found, sequence))
            except _Repeated as repeated:
                return Applied(sequence=repeated.sequence, fresh=False)
            except BaseException:
                self._forget(number)
                raise
            if self._target.fold_after and sequence % self._target.fold_after == 0:
                self._fold(found)
        return Applied(sequence=sequence, fresh=True)

    def close(self, actor: Actor, project: str, number: int) -> None:
        """End a session; one that is not there is no error.

        Raises:
            NotFound: there is no such project.
        """
        with self._catalog.begin() as session:
            where = self._projects.id_in(session, actor, project, self._target.permission)
            mine = (
                TableSessionRow.id == number,
                TableSessionRow.kind == self._target.kind,
                TableSessionRow.project_id == where,
                TableSessionRow.user_id.is_not_distinct_from(actor.user),
            )
            gone = delete(TableSessionRow).where(*mine).returning(TableSessionRow.job)
            job = session.scalar(gone)
            if job is None:
                return
            told = {self._target.noun: job, "session": number}
            emit(session, actor, f"{self._target.event}.written", told, project=where)
        self._forget(number)

    def _session(self, actor: Actor, project: str, number: int) -> _Open:
        with self._lock:
            found = self._open.get(number)
            if found is not None:
                self._open.move_to_end(number)
        if found is None:
            found = self._take_up(number)
        if found.project != project or found.user != actor.user or (found.user is None and not actor.admin):
            raise _unknown(number)
        return found

    def _take_up(self, number: int) -> _Open:
        chosen = select(TableSessionRow, ProjectRow.name).join(
            ProjectRow, ProjectRow.id == TableSessionRow.project_id
        )
        with self._catalog.read() as session:
            mine = (TableSessionRow.id == number, TableSessionRow.kind == self._target.kind)
            row = session.execute(chosen.where(*mine)).one_or_none()
        if row is None:
            raise _unknown(number)
        opened, project = row
        made = _Open(project, opened.project_id, opened.job, opened.user_id, self._tables.writer())
        with self._lock:
            known = self._open.setdefault(number, made)
            idle = [each for each in list(self._open)[:-MOST_OPEN] if not self._open[each].lock.locked()]
            leaving = [self._open.pop(each) for each in idle]
        for each in leaving:
            each.writer.close()
        return known

    def _forget(self, number: int) -> None:
        with self._lock:
            found = self._open.pop(number, None)
        if found is not None:
            found.writer.close()
            if self._target.fold_after and not found.lock.locked():
                self._fold(found)

    def _fold(self, found: _Open) -> None:
        """Have what many small batches have written lie together, which is quicker to read."""
        touched, found.touched = found.touched, set()
        for path in touched:
            self._tables.fold(path)

    def _guard(self, actor: Actor, number: int, found: _Open, sequence: int) -> Callable[[Session], None]:
        def guard(session: Session) -> None:
            target = self._target
            if self._projects.id_in(session, actor, found.project, target.permission) != found.number:
                raise NotFound(f"the project of session {number} was removed")
            target.check(session, found.number, found.job)
            now = {"session": number, "before": sequence - 1, "now": sequence, "at": utc_now()}
            counted = session.connection().execute(_COUNT, now)
            if counted.rowcount == 1:
                return
            last = session.scalar(select(TableSessionRow.sequence).where(TableSessionRow.id == number))
            if last is None:
                raise _unknown(number)
            if last >= sequence:
                raise _Repeated(last)
            raise Conflict(f"batch {sequence} comes before batch {last + 1}", hint="send them in order")

        return guard


class _Repeated(Exception):
    """A batch was written before."""

    def __init__(self, sequence: int) -> None:
        super().__init__(sequence)
        self.sequence = sequence


def _unknown(number: int) -> NotFound:
    return NotFound(f"no session {number}", hint="open another one")


def put_rows(writer: TableWriter, path: str, rows: Sequence[Row]) -> None:
    """Hand rows to a writer; None in place of values deletes one."""
    for key, values in rows:
        if values is None:
            writer.delete(path, key)
        else:
            writer.put(path, key, values)
