"""Writing tables from outside: in sessions whose batches count once, and single changes."""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import Table, bindparam, delete, insert, select, update

from starwhale.catalog.outbox import emit
from starwhale.catalog.tables.projects import ProjectRow
from starwhale.catalog.tables.tablesessions import TableSessionRow
from starwhale.core.errors import Conflict, Forbidden, InvalidName, NotFound, UsageError
from starwhale.core.permissions import WRITE_TABLE
from starwhale.evaluations.results import SUMMARY, check_name, evaluation_prefix, summary_path
from starwhale.evaluations.table_access import EVALUATION, TRACKING, check_job
from starwhale.evaluations.table_batches import MOST_ROWS, Row, heard_row, read_batch
from starwhale.kit.times import utc_now

if TYPE_CHECKING:
    from starwhale.catalog.engine import Catalog, Session
    from starwhale.core.actor import Actor
    from starwhale.evaluations.tables import TableService
    from starwhale.storage.layers.format import Key
    from starwhale.storage.tables.store import TableStore, TableWriter

MOST_OPEN = 200
#: A session that was used last so long ago is forgotten.
KEPT = timedelta(days=7)
_JOB = re.compile(r"[A-Za-z0-9_-]{1,80}")
# Every batch asks this, so it is built once.
_SESSIONS = cast("Table", TableSessionRow.__table__)
_COUNT = (
    update(_SESSIONS)
    .where(_SESSIONS.c.id == bindparam("session"), _SESSIONS.c.sequence == bindparam("before"))
    .values(sequence=bindparam("now"), used_at=bindparam("at"))
)


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


class TableWriting:
    """Writes tables for callers that are elsewhere. Safe to share among threads.

    Args:
        rows: Tables as callers see them.
    """

    def __init__(self, rows: TableService) -> None:
        self._rows = rows
        self._open: OrderedDict[int, _Open] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def _catalog(self) -> Catalog:
        return self._rows.projects.catalog

    @property
    def _tables(self) -> TableStore:
        return self._rows.tables

    # Sessions.

    def open(self, actor: Actor, project: str, job: str) -> int:
        """Begin to write the tables of an evaluation; the number of the session.

        Args:
            actor: Who will write.
            project: Where.
            job: Id of a job, or any name of letters, digits, ``-`` and ``_``.

        Raises:
            NotFound: there is no such project, or the job lies in the trash.
            Forbidden: the caller may not write tables there.
            InvalidName: an evaluation cannot be called so.
        """
        if not _JOB.fullmatch(job):
            raise InvalidName(f"{job[:80]!r} cannot name an evaluation", hint="letters, digits, '-' and '_'")
        now = utc_now()
        with self._catalog.begin() as session:
            number = self._rows.projects.id_in(session, actor, project, WRITE_TABLE)
            check_job(session, number, job)
            session.execute(delete(TableSessionRow).where(TableSessionRow.used_at < now - KEPT))
            made = insert(TableSessionRow).values(
                project_id=number, job=job, user_id=actor.user, sequence=0, opened_at=now, used_at=now
            )
            opened = session.execute(made.returning(TableSessionRow.id)).scalar_one()
            emit(session, actor, "table.writing", {"job": job, "session": opened}, project=number)
        return opened

    def append(self, actor: Actor, project: str, number: int, data: bytes) -> Applied:
        """Write a batch: all of it, durably, or nothing; one that was written before changes nothing.

        Args:
            actor: Whoever opened the session.
            project: Its project.
            number: The session.
            data: A frame (see `storage.tables.frames`) whose sequence counts the batches of the session from
                1, and whose changes are ``[table, [[key, {column: value}], [key, null], ...]]``; the table
                ``""`` is the row of the evaluation in the summary, under any key.

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
                    mine = rows if table else [(found.job, values) for _key, values in rows]
                    _put(found.writer, _path(found, table), mine)
                found.writer.flush(guard=self._guard(actor, number, found, sequence))
            except _Repeated as repeated:
                return Applied(sequence=repeated.sequence, fresh=False)
            except BaseException:
                self._forget(number)
                raise
        return Applied(sequence=sequence, fresh=True)

    def close(self, actor: Actor, project: str, number: int) -> None:
        """End a session; one that is not there is no error.

        Raises:
            NotFound: there is no such project.
        """
        with self._catalog.begin() as session:
            where = self._rows.projects.id_in(session, actor, project, WRITE_TABLE)
            mine = (
                TableSessionRow.id == number,
                TableSessionRow.project_id == where,
                TableSessionRow.user_id.is_not_distinct_from(actor.user),
            )
            if session.execute(select(TableSessionRow.id).where(*mine)).scalar_one_or_none() is None:
                return
            session.execute(delete(TableSessionRow).where(*mine))
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
            row = session.execute(chosen.where(TableSessionRow.id == number)).one_or_none()
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

    def _guard(self, actor: Actor, number: int, found: _Open, sequence: int) -> Callable[[Session], None]:
        def guard(session: Session) -> None:
            if self._rows.projects.id_in(session, actor, found.project, WRITE_TABLE) != found.number:
                raise NotFound(f"the project of session {number} was removed")
            check_job(session, found.number, found.job)
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

    # Single changes.

    def change(
        self,
        actor: Actor,
        project: str,
        path: str,
        rows: Sequence[tuple[Key, Mapping[str, Any] | None]],
    ) -> None:
        """Upsert rows of a table, or remove them, all or none.

        Args:
            actor: Who.
            project: Where.
            path: Which table, ``summary`` or ``evaluation/JOB/TABLE``.
            rows: Keys and the values that are set; None removes the row.

        Raises:
            NotFound: there is no such project, or the job lies in the trash.
            Forbidden: the caller may not write tables there, or the table is not written by hand.
            UnsupportedValue: a value that no column can hold.
        """
        if len(rows) > MOST_ROWS:
            raise UsageError(f"one changes at most {MOST_ROWS:,} rows at once")
        checked = [(key, None if values is None else heard_row(values)) for key, values in rows]

        def guard(session: Session) -> None:
            number = self._rows.projects.id_in(session, actor, project, WRITE_TABLE)
            _check_path(session, number, path)
            facts = {"table": path, "rows": len(rows), "removed": sum(each[1] is None for each in rows)}
            emit(session, actor, "table.changed", facts, project=number)

        with self._catalog.read() as session:  # before anything is written anywhere
            self._rows.projects.id_in(session, actor, project, WRITE_TABLE)
        writer = self._tables.writer()
        try:
            _put(writer, f"{project}/{path}", checked)
            writer.flush(guard=guard)
        finally:
            writer.close()


class _Repeated(Exception):
    """A batch was written before."""

    def __init__(self, sequence: int) -> None:
        super().__init__(sequence)
        self.sequence = sequence


def _unknown(number: int) -> NotFound:
    return NotFound(f"no session {number}", hint="open another one")


def _check_path(session: Session, number: int, path: str) -> None:
    head, _, rest = path.partition("/")
    if head in TRACKING:
        raise Forbidden("what is tracked is written by its run alone")
    job, _, table = rest.partition("/")
    if path != SUMMARY and (head != EVALUATION or not _JOB.fullmatch(job)):
        raise InvalidName(f"there is no table {path[:80]!r}", hint="evaluation/JOB/TABLE, or summary")
    if path != SUMMARY:
        check_name(table, "table")
        check_job(session, number, job)


def _path(found: _Open, table: str) -> str:
    return evaluation_prefix(found.project, found.job) + table if table else summary_path(found.project)


def _put(writer: TableWriter, path: str, rows: Sequence[Row]) -> None:
    for key, values in rows:
        if values is None:
            writer.delete(path, key)
        else:
            writer.put(path, key, values)
