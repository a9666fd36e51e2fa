"""The order of commits to live tables, kept in the catalog (the port `storage.tables.ports.Revisions`)."""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from sqlalchemy import BigInteger, and_, bindparam, case, delete, func, insert, literal, select, update
from sqlalchemy.orm import Session

from starwhale.catalog.engine import Catalog
from starwhale.catalog.insertion import insert_if_new
from starwhale.catalog.tables.base import table_of
from starwhale.catalog.tables.projects import ProjectRow
from starwhale.catalog.tables.tablelog import LiveTableRow, TableCommitRow, TableWriterRow
from starwhale.catalog.tables.tablesessions import TableSessionRow
from starwhale.core.errors import NotFound, StarwhaleError
from starwhale.kit.times import utc_now
from starwhale.storage.tables.ports import Extent, Guard, TableState

#: Writers that are remembered while they write.
_MOST_KNOWN = 1_000
# Every batch of rows is recorded by these, so they are built once, and pass the ORM by.
_TABLES, _COMMITS = table_of(LiveTableRow), table_of(TableCommitRow)
_ADVANCE = (
    update(_TABLES)
    .where(_TABLES.c.id == bindparam("table"), _TABLES.c.path == bindparam("called"))
    .values(revision=_TABLES.c.revision + 1)
    .returning(_TABLES.c.revision)
)
_RECORD = insert(_COMMITS)
# So is every table opened by this one. The commits that a snapshot holds are left out, unless an older
# revision is asked for.
_WANTED = func.coalesce(bindparam("wanted", type_=BigInteger), _TABLES.c.revision)
_STATE = (
    select(
        _TABLES.c.revision,
        _TABLES.c.folded,
        _TABLES.c.manifest,
        _COMMITS.c.writer,
        _COMMITS.c.offset,
        _COMMITS.c.length,
        _COMMITS.c.rows,
    )
    .join_from(
        _TABLES,
        _COMMITS,
        and_(
            _COMMITS.c.table_id == _TABLES.c.id,
            _COMMITS.c.revision > case((_TABLES.c.folded <= _WANTED, _TABLES.c.folded), else_=0),
            _COMMITS.c.revision <= _WANTED,
        ),
        isouter=True,
    )
    .where(_TABLES.c.path == bindparam("called"))
    .order_by(_COMMITS.c.revision)
)
_OPEN: weakref.WeakSet[CatalogRevisions] = weakref.WeakSet()


@dataclass(slots=True, kw_only=True)
class _Commit:
    """A commit that waits to be recorded.

    Attributes:
        ids: Numbers of the tables by path, for each writer, once they are known.
        error: Why it was refused.
        done: Whether it was recorded or refused.
    """

    entries: Sequence[tuple[str, Extent]]
    guard: Guard | None
    ids: dict[str, dict[str, int]] = field(default_factory=dict[str, dict[str, int]])
    error: BaseException | None = None
    done: bool = False


class CatalogRevisions:
    """Commits of live tables as rows of the catalog.

    Args:
        catalog: Where they are recorded.
    """

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._known: dict[str, dict[str, int]] = {}
        self._lock, self._turn = threading.Lock(), threading.Lock()
        self._waiting: list[_Commit] = []
        _OPEN.add(self)

    def commit(self, entries: Sequence[tuple[str, Extent]], guard: Guard | None) -> None:
        """See `Revisions.commit`. What threads of this process commit at once goes into one transaction."""
        mine = _Commit(entries=entries, guard=guard)
        with self._lock:
            self._waiting.append(mine)
        with self._turn:
            if not mine.done:
                with self._lock:
                    batch, self._waiting = self._waiting, []
                self._commit_all(batch)
        if mine.error is not None:
            raise mine.error

    def commit_within(self, session: Session, entries: Sequence[tuple[str, Extent]]) -> None:
        """See `Revisions.commit_within`. Of a transaction that may yet fail nothing is remembered."""
        self._commit_one(session, _Commit(entries=entries, guard=None))

    def _commit_all(self, batch: Sequence[_Commit]) -> None:
        try:
            if len(batch) == 1 or not self._commit_together(batch):
                for each in batch:
                    self._commit_alone(each)
        finally:
            for each in batch:
                each.done = True

    def _commit_alone(self, each: _Commit) -> None:
        try:
            with self._catalog.begin() as session:
                self._commit_one(session, each)
        except BaseException as exc:
            each.error = exc
            if not isinstance(exc, Exception):
                raise
        else:
            self._remember(each)

    def _commit_together(self, batch: Sequence[_Commit]) -> bool:
        """Record several at once; False where the database would not, and nothing is recorded."""
        try:
            with self._catalog.begin() as session:
                for each in batch:
                    each.error = None
                    try:
                        with session.begin_nested():
                            self._commit_one(session, each)
                    except StarwhaleError as exc:
                        each.error = exc  # it was refused; the others are not
                    # What one guard has read is nothing for the next to rely on.
                    session.expire_all()
        except Exception:  # noqa: BLE001 - each finds out for itself
            return False
        for each in batch:
            if each.error is None:
                self._remember(each)
        return True

    def _commit_one(self, session: Session, each: _Commit) -> None:
        if each.guard is not None:
            each.guard(session)
        # One order for everybody, so that two groups never wait for each other.
        for path, extent in sorted(each.entries, key=lambda entry: entry[0]):
            each.ids.setdefault(extent.writer, {})[path] = self._record(session, path, extent)

    def _remember(self, each: _Commit) -> None:
        with self._lock:
            for writer, ids in each.ids.items():
                self._known.setdefault(writer, {}).update(ids)
            while len(self._known) > _MOST_KNOWN:
                del self._known[next(iter(self._known))]

    def forget(self, writer: str) -> None:
        """See `Revisions.forget`."""
        with self._lock:
            self._known.pop(writer, None)

    def begin_anew(self) -> None:
        """Be usable in a child that was forked while another thread was in here."""
        self._lock, self._turn = threading.Lock(), threading.Lock()
        self._waiting = []

    def _record(self, session: Session, path: str, extent: Extent) -> int:
        known = self._known.get(extent.writer)
        if known is None:
            values = {"name": extent.writer, "started_at": utc_now()}
            session.execute(insert_if_new(self._catalog.dialect, TableWriterRow, values))
        table_id = (known or {}).get(path) or self._table_id(session, path)
        revision = session.execute(_ADVANCE, {"table": table_id, "called": path}).scalar_one_or_none()
        if revision is None:
            # Another table may be called so by now, of a new project or job; these rows are none of its.
            raise NotFound(
                f"the table {path!r} that was written to is gone", hint="its job or project was removed"
            )
        session.execute(
            _RECORD,
            {
                "table_id": table_id,
                "revision": revision,
                "writer": extent.writer,
                "offset": extent.offset,
                "length": extent.length,
                "rows": extent.rows,
                "refs": list(extent.refs),
            },
        )
        return table_id

    def _table_id(self, session: Session, path: str) -> int:
        known = session.scalar(select(LiveTableRow.id).where(LiveTableRow.path == path))
        if known is not None:
            return known
        # Its row stays as it is until we have ended, so that whoever removes it finds the table.
        project = path.partition("/")[0]
        alive = select(ProjectRow.id).where(ProjectRow.name == project, ProjectRow.removed_at.is_(None))
        if session.scalar(alive.with_for_update(read=True)) is None:
            raise NotFound(f"no project {project!r} to write to", hint="it was removed meanwhile")
        values = {"path": path, "revision": 0, "folded": 0, "manifest": None, "created_at": utc_now()}
        session.execute(insert_if_new(self._catalog.dialect, LiveTableRow, values))
        return session.execute(select(LiveTableRow.id).where(LiveTableRow.path == path)).scalar_one()

    def locked_revision(self, session: Session, path: str) -> int:
        """Revision of a table, which nobody else writes to until the transaction ends; 0 without one."""
        query = select(LiveTableRow.revision).where(LiveTableRow.path == path).with_for_update()
        return session.scalar(query) or 0

    def state(self, path: str, revision: int | None = None) -> TableState | None:
        """See `Revisions.state`. A revision before the last fold is replayed from its commits."""
        with self._catalog.read() as session:
            return self.state_in(session, path, revision)

    def state_in(self, session: Session, path: str, revision: int | None = None) -> TableState | None:
        """`state`, as a transaction that is open sees it."""
        found = session.execute(_STATE, {"called": path, "wanted": revision}).all()
        if not found:
            return None
        last, folded, manifest = found[0][:3]
        wanted = last if revision is None else revision
        if not 0 <= wanted <= last:
            return None
        if wanted < folded:
            folded, manifest = 0, None
        tail = tuple(
            Extent(writer=writer, offset=offset, length=length, rows=rows)
            for _, _, _, writer, offset, length, rows in found
            if writer is not None
        )
        return TableState(path=path, revision=wanted, manifest=manifest, folded=folded, tail=tail)

    def fold(self, path: str, expected: str | None, folded: int, manifest: str) -> bool:
        """See `Revisions.fold`."""
        same = LiveTableRow.manifest.is_(None) if expected is None else LiveTableRow.manifest == expected
        with self._catalog.begin() as session:
            changed = session.execute(
                update(LiveTableRow)
                .where(LiveTableRow.path == path, same, LiveTableRow.folded < folded)
                .values(manifest=manifest, folded=folded)
                .returning(LiveTableRow.id)
            ).scalar_one_or_none()
        return changed is not None

    def paths(self, prefix: str) -> list[str]:
        """See `Revisions.paths`."""
        with self._catalog.read() as session:
            found = session.execute(
                select(LiveTableRow.path)
                .where(LiveTableRow.path.startswith(prefix, autoescape=True))
                .order_by(LiveTableRow.path)
            )
            return list(found.scalars())

    def copy(self, session: Session, source: str, target: str) -> int:
        """Give the tables that begin with `source` other names as well, that begin with `target`.

        Both hold the same rows from then on, and go their own ways. Nothing is there under the new names.

        Returns:
            How many tables there are.
        """
        below = LiveTableRow.path.startswith(source, autoescape=True)
        # Until the copy is there for all to see, nobody deletes what it is made of.
        wanted = select(LiveTableRow).where(below).order_by(LiveTableRow.path).with_for_update(read=True)
        tables = session.execute(wanted).scalars().all()
        for table in tables:
            made = session.execute(
                insert(LiveTableRow)
                .values(
                    path=target + table.path.removeprefix(source),
                    revision=table.revision,
                    folded=table.folded,
                    manifest=table.manifest,
                    created_at=utc_now(),
                )
                .returning(LiveTableRow.id)
            ).scalar_one()
            columns = [
                getattr(TableCommitRow, name)
                for name in ("revision", "writer", "offset", "length", "rows", "refs")
            ]
            # Those that are folded as well: an older revision is read from them.
            tail = select(literal(made), *columns).where(TableCommitRow.table_id == table.id)
            session.execute(insert(TableCommitRow).from_select([TableCommitRow.table_id, *columns], tail))
        return len(tables)

    def manifests(self) -> list[str]:
        """Digests of all folded snapshots, for garbage collection."""
        with self._catalog.read() as session:
            found = session.execute(select(LiveTableRow.manifest).where(LiveTableRow.manifest.is_not(None)))
            return [manifest for manifest in found.scalars() if manifest]

    def refs(self) -> Iterator[str]:
        """Digests of the blobs that committed frames refer to, for garbage collection."""
        with self._catalog.read() as session:
            for refs in session.execute(select(TableCommitRow.refs)).scalars():
                yield from refs

    def extents(self, writer: str) -> list[tuple[int, int]]:
        """Offset and length of what a writer has committed to tables that are there, or in the trash."""
        query = select(TableCommitRow.offset, TableCommitRow.length).where(TableCommitRow.writer == writer)
        with self._catalog.read() as session:
            return [(offset, length) for offset, length in session.execute(query)]

    def end_sessions(self, session: Session, project: int, kind: str, job: str) -> None:
        """Have nobody write through the sessions in which something was written until now."""
        session.execute(delete(TableSessionRow).filter_by(project_id=project, kind=kind, job=job))

    def drop(self, session: Session, prefix: str) -> None:
        """Delete the tables that begin with `prefix`, if there are any."""
        below = LiveTableRow.path.startswith(prefix, autoescape=True)
        session.execute(delete(LiveTableRow).where(below).execution_options(synchronize_session=False))


def _after_fork_in_child() -> None:
    for revisions in list(_OPEN):
        revisions.begin_anew()


os.register_at_fork(after_in_child=_after_fork_in_child)
