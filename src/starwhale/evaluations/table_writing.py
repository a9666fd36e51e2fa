"""Writing tables of evaluations from outside: in sessions whose batches count once, and single changes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from starwhale.catalog.outbox import emit
from starwhale.core.errors import Forbidden, InvalidName, UsageError
from starwhale.core.permissions import WRITE_TABLE, Permission
from starwhale.evaluations.results import SUMMARY, check_name, evaluation_prefix, summary_path
from starwhale.evaluations.table_access import EVALUATION, TRACKING, check_job
from starwhale.evaluations.table_batches import MOST_ROWS, Row, heard_row
from starwhale.evaluations.table_sessions import TableSessions, put_rows

if TYPE_CHECKING:
    from starwhale.catalog.engine import Session
    from starwhale.core.actor import Actor
    from starwhale.evaluations.tables import TableService
    from starwhale.storage.layers.format import Key

_JOB = re.compile(r"[A-Za-z0-9_-]{1,80}")


@dataclass(frozen=True, slots=True)
class EvaluationTables:
    """The tables of an evaluation, as what a session writes.

    A job is named by its id; results of something else by any name of letters, digits, ``-`` and ``_``. In a
    batch the table ``""`` is the row of the evaluation in the summary, under any key.
    """

    kind: str = EVALUATION
    event: str = "table"
    noun: str = "job"
    permission: Permission = WRITE_TABLE
    fold_after: int = 0

    def check_name(self, name: str) -> None:
        """See `Target.check_name`."""
        if not _JOB.fullmatch(name):
            raise InvalidName(f"{name[:80]!r} cannot name an evaluation", hint="letters, digits, '-' and '_'")

    def check(self, session: Session, project: int, name: str) -> None:
        """See `Target.check`."""
        check_job(session, project, name)

    def path(self, project: str, name: str, table: str) -> str:
        """See `Target.path`."""
        return evaluation_prefix(project, name) + table if table else summary_path(project)

    def rows(self, name: str, table: str, rows: Sequence[Row]) -> Sequence[Row]:
        """See `Target.rows`."""
        return rows if table else [(name, values) for _key, values in rows]


class TableWriting(TableSessions):
    """Writes tables of evaluations for callers that are elsewhere. Safe to share among threads.

    Args:
        rows: Tables as callers see them.
    """

    def __init__(self, rows: TableService) -> None:
        super().__init__(rows.projects, rows.tables, EvaluationTables())

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
            number = self._projects.id_in(session, actor, project, WRITE_TABLE)
            _check_path(session, number, path)
            facts = {"table": path, "rows": len(rows), "removed": sum(each[1] is None for each in rows)}
            emit(session, actor, "table.changed", facts, project=number)

        with self._catalog.read() as session:  # before anything is written anywhere
            self._projects.id_in(session, actor, project, WRITE_TABLE)
        writer = self._tables.writer()
        try:
            put_rows(writer, f"{project}/{path}", checked)
            writer.flush(guard=guard)
        finally:
            writer.close()


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
