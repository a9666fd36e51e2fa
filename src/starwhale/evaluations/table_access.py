"""Tables of a project as they are addressed, and who may see which of them.

A table is addressed by its path inside the project: ``summary``, ``evaluation/JOB/TABLE``, and of tracking
``experiments`` and ``experiment/RUN/TABLE``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select

from starwhale.catalog.table_listing import listed_tables
from starwhale.catalog.tables.base import table_of
from starwhale.catalog.tables.jobs import JobRow
from starwhale.core.errors import Forbidden, NotFound, UsageError
from starwhale.core.page import Page
from starwhale.core.permissions import READ_RUN, READ_TABLE
from starwhale.storage.layers.memory import MEMORY

if TYPE_CHECKING:
    from starwhale.catalog.engine import Session
    from starwhale.catalog.tablelog import CatalogRevisions
    from starwhale.core.actor import Actor
    from starwhale.core.page import PageRequest
    from starwhale.projects.service import ProjectService
    from starwhale.storage.tables.reader import TableReader
    from starwhale.storage.tables.store import TableStore

EVALUATION = "evaluation"
TRACKING_BEGINNING = "experiment"
TRACKING = frozenset({"experiments", "experiment"})
LONGEST_PATH = 900
MOST_TABLES = 20
_READER = 64 << 10
# Every batch that is written asks this, so it is built once.
_JOBS = table_of(JobRow)
_REMOVED = select(_JOBS.c.id).where(
    _JOBS.c.id == bindparam("job"),
    _JOBS.c.project_id == bindparam("project"),
    _JOBS.c.removed_at.is_not(None),
)


@dataclass(frozen=True, slots=True)
class TableAccess:
    """Opens tables for callers; see `TableService`."""

    projects: ProjectService
    tables: TableStore
    revisions: CatalogRevisions

    def page(self, actor: Actor, project: str, beginning: str, wanted: PageRequest) -> Page[TableReader]:
        """Open one page of the tables that the caller may see.

        Raises:
            NotFound: there is no such project.
        """
        with self.projects.catalog.read() as session:
            number = self.projects.id_in(session, actor, project, READ_TABLE)
            removed = select(JobRow.id).where(JobRow.project_id == number, JobRow.removed_at.is_not(None))
            try:
                self.projects.id_in(session, actor, project, READ_RUN)
                hidden = ""
            except Forbidden:
                hidden = TRACKING_BEGINNING
            found = listed_tables(session, project, beginning, removed, hidden=hidden, page=wanted)
            states = [self.revisions.state_in(session, path) for path in found.items]
        readers = tuple(self._reader(state) for state in states if state is not None)
        return Page(items=readers, total=found.total, request=wanted, next=found.next)

    def readers(
        self, actor: Actor, project: str, paths: Sequence[str], revision: int | None = None
    ) -> list[TableReader]:
        """Open tables, all of them as of one moment.

        Raises:
            NotFound: there is no such project or table that the caller may see.
            UsageError: there are none, or too many.
        """
        if not 0 < len(paths) <= MOST_TABLES:
            raise UsageError(f"one asks 1 to {MOST_TABLES} tables at once")
        if revision is not None and len(paths) > 1:
            raise UsageError("a revision belongs to one table", hint="ask for one table")
        with self.projects.catalog.read() as session:
            number = self.projects.id_in(session, actor, project, READ_TABLE)
            states = [
                self.revisions.state_in(session, self._place(session, actor, project, number, path), revision)
                for path in paths
            ]
        for path, state in zip(paths, states, strict=True):
            if state is None:
                at = "" if revision is None else f" at revision {revision}"
                raise NotFound(f"project {project!r} has no table {path[:200]!r}{at}")
        return [self._reader(state) for state in states if state is not None]

    def reader(self, actor: Actor, project: str, path: str, revision: int | None = None) -> TableReader:
        """Open one table; see `readers`."""
        return self.readers(actor, project, [path], revision)[0]

    def _place(self, session: Session, actor: Actor, project: str, number: int, path: str) -> str:
        """Path in the whole store of a table of a project.

        Raises:
            NotFound: its job lies in the trash, or it is of a kind that the caller may not see.
        """
        head, _, rest = path.partition("/")
        if not path or len(path) > LONGEST_PATH or not path.isprintable():
            raise NotFound(f"project {project!r} has no table {path[:200]!r}")
        if head in TRACKING:
            self.projects.id_in(session, actor, project, READ_RUN)
        if head == EVALUATION:
            check_job(session, number, rest.partition("/")[0])
        return f"{project}/{path}"

    def _reader(self, state: Any) -> TableReader:
        from starwhale.storage.tables.reader import TableReader

        size = _READER + 6 * sum(extent.length for extent in state.tail)
        return MEMORY.once(
            (id(self.tables), state),
            lambda: TableReader(self.tables.layers, self.tables.logs, state),
            lambda _reader: size,
        )


def check_job(session: Session, project: int, job: str) -> None:
    """Refuse the tables of a job that lies in the trash; an evaluation need not be of a job.

    Raises:
        NotFound: it does.
    """
    if session.scalar(_REMOVED, {"job": job, "project": project}) is not None:
        raise NotFound(f"job {job[:12]} lies in the trash", hint=f"swcli job recover {job[:12]}")
