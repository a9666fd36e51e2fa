"""The tables into which one job writes what it finds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from starwhale.core.errors import InvalidName, NotFound, UnsupportedValue, UsageError
from starwhale.storage.layers.cells import INT64_MAX, INT64_MIN
from starwhale.storage.layers.media import Pickled
from starwhale.storage.tables.store import TableStore

if TYPE_CHECKING:
    from starwhale.catalog.engine import Session
    from starwhale.catalog.tablelog import CatalogRevisions
    from starwhale.storage.layers.format import Key
    from starwhale.storage.tables.query import Filter, Query
    from starwhale.storage.tables.reader import TableReader

RESULTS = "results"
SUMMARY = "summary"
FLUSH_ROWS = 50_000
MAX_NAME = 512


def evaluation_prefix(project: str, job: str) -> str:
    """Beginning of the paths of all tables of a job."""
    return f"{project}/evaluation/{job}/"


def summary_path(project: str) -> str:
    """Path of the table with one row per job of a project."""
    return f"{project}/{SUMMARY}"


def forget(
    tables: TableStore, revisions: CatalogRevisions, session: Session, jobs: Sequence[tuple[str, str]]
) -> None:
    """Delete the tables of jobs and their rows in the summaries, within a transaction that is open.

    Args:
        tables: All tables of the instance.
        revisions: Their commits.
        session: The transaction.
        jobs: What stands for the project in the paths of the results, and the id of each.
    """
    rows: dict[str, list[Key]] = {}
    for project, job in jobs:
        revisions.drop(session, evaluation_prefix(project, job))
        rows.setdefault(summary_path(project), []).append(job)
    # Behind all of the others, as those who write results take them.
    there = {path: rows[path] for path in sorted(rows) if revisions.locked_revision(session, path)}
    tables.delete_within(session, there)


class ResultStore:
    """Tables of one job, and its row in the summary of the project. Safe to share among threads.

    Rows are upserts by id: a row written again replaces the values it names and keeps the others.
    They are buffered; `flush` makes them durable and visible.

    Args:
        tables: All tables of the instance.
        project: Project of the job.
        job: Id of the job.
    """

    def __init__(self, tables: TableStore, *, project: str, job: str) -> None:
        self._tables = tables
        self._writer = tables.writer()
        self.project = project
        self.job = job
        self._prefix = evaluation_prefix(project, job)
        self._summary = summary_path(project)
        self._paths: dict[str, str] = {}

    def log(self, table: str, id: str | int, values: Mapping[str, Any]) -> None:  # noqa: A002 - 0.6's name
        """Upsert one row.

        Args:
            table: Name of the table, such as "results".
            id: Key of the row.
            values: Column to value; nested dicts become columns joined with "/".

        Raises:
            UsageError: the id is neither str nor int.
            InvalidName: a table or column has no usable name.
            UnsupportedValue: a value has no stored form; its column is named.
        """
        kind = type(id)
        key = id if kind is str else row_id(id)
        path = self._paths.get(table) or self._path(table)
        row = flattened(values)
        for value in row.values():
            if type(value) is Pickled:
                value.job = self.job
        self._writer.put(path, key, row)
        if self._writer.pending(path) >= FLUSH_ROWS:
            self._writer.flush(path)

    def log_summary(self, values: Mapping[str, Any]) -> None:
        """Upsert columns of the job's row in the summary of its project."""
        self._writer.put(self._summary, self.job, flattened(values))

    def get_summary(self) -> dict[str, Any]:
        """The job's row in the summary, its unflushed values included."""
        self._writer.flush(self._summary)
        try:
            row = self._tables.reader(self._summary).get(self.job)
        except NotFound:
            return {}
        return {name: value for name, value in (row or {}).items() if value is not None}

    def scan(
        self,
        table: str,
        start: str | int | None = None,
        end: str | int | None = None,
        *,
        keep_none: bool = False,
        end_inclusive: bool = False,
    ) -> Iterator[dict[str, Any]]:
        """Rows in key order, each with its key as "id".

        Own rows are flushed first, so that they are seen; of other writers whatever is committed. Values
        that were pickled come as `Pickled`: only a task of this job may read them.

        Args:
            table: Name of the table; one that does not exist has no rows.
            start: First id.
            end: Id to stop before.
            keep_none: Keep columns whose value is None.
            end_inclusive: Stop behind `end` instead.
        """
        path = self._path(table)
        self._writer.flush(path)
        try:
            reader = self._tables.reader(path)
        except NotFound:
            return
        for key, row in reader.scan(start, None if end_inclusive else end):
            if end_inclusive and end is not None and _beyond(key, end):
                return
            kept = row if keep_none else {name: value for name, value in row.items() if value is not None}
            yield {"id": key, **kept}

    def query(self, table: str, wanted: Query) -> list[dict[str, Any]]:
        """One page of a table: filtered and sorted where the columns lie, only its own rows are read.

        Raises:
            NotFound: the job has no such table.
            UsageError: the question makes no sense.
        """
        from starwhale.storage.tables import engine

        self._writer.flush(self._path(table))
        return engine.query([self.reader(table)], wanted)

    def count(self, table: str, where: Filter | None = None) -> int:
        """Rows of a table, or those that a filter lets through.

        Raises:
            NotFound: the job has no such table.
        """
        from starwhale.storage.tables import engine

        self._writer.flush(self._path(table))
        return engine.count([self.reader(table)], where)

    def reader(self, table: str) -> TableReader:
        """The committed rows of a table.

        Raises:
            NotFound: the job has no such table.
        """
        return self._tables.reader(self._path(table))

    def columns(self, table: str) -> list[str]:
        """Names of the columns of a table, but for its key.

        Raises:
            NotFound: the job has no such table.
        """
        reader = self.reader(table)
        names = dict.fromkeys(reader.base.manifest.columns)
        for _, cells in reader.tail.values():
            names.update(dict.fromkeys(cells or ()))
        return list(names)

    def tables(self) -> list[str]:
        """Names of the job's tables that hold committed rows."""
        return [path.removeprefix(self._prefix) for path in self._tables.paths(self._prefix)]

    @property
    def pending(self) -> int:
        """Rows that were logged since the last flush."""
        return self._writer.pending()

    def flush(self, table: str | None = None, *, guard: Callable[[Any], None] | None = None) -> None:
        """Make buffered rows durable and visible.

        Args:
            table: Only this table; all tables and the summary otherwise.
            guard: Runs in the transaction that makes the rows visible; when it raises none are.
        """
        path = None if table is None else self._summary if table == SUMMARY else self._path(table)
        self._writer.flush(path, guard)

    def close(self) -> None:
        """Let go of the log; what was not flushed is forgotten."""
        self._writer.close()

    def _path(self, table: str) -> str:
        check_name(table, "table")
        path = self._paths[table] = self._prefix + table
        return path


def _beyond(key: Key, end: str | int) -> bool:
    if type(key) is not type(end):
        return isinstance(key, str)
    return cast("Any", key) > end


def row_id(given: Any) -> str | int:
    """Key of a row, as text or int.

    Raises:
        UsageError: it is neither.
        UnsupportedValue: it is an integer of more than 64 bits.
    """
    if type(given) is int and INT64_MIN <= given <= INT64_MAX:
        return given
    if hasattr(given, "item") and not isinstance(given, (str, int)):
        given = given.item()
    if isinstance(given, bool) or not isinstance(given, (str, int)):
        raise UsageError(
            f"the id of a row is text or an integer, not {given!r} of type {type(given).__name__}",
            hint="use str(...) of it",
        )
    if isinstance(given, str):
        return str(given)
    if not INT64_MIN <= given <= INT64_MAX:
        raise UnsupportedValue(f"the id {given} has more than 64 bits", hint="use str(...) of it")
    return int(given)


def flattened(values: Mapping[str, Any]) -> Mapping[str, Any]:
    """Values by column; nested dicts become columns joined with "/".

    Raises:
        InvalidName: a column has no usable name.
    """
    for name, value in values.items():
        if type(name) is not str or type(value) is dict or not name or not name.isprintable():
            break
    else:
        return values
    flat: dict[str, Any] = {}
    _flatten_into(flat, "", values)
    return flat


def _flatten_into(flat: dict[str, Any], prefix: str, values: Mapping[Any, Any]) -> None:
    for name, value in values.items():
        path = f"{prefix}{name}"
        check_name(path, "column")
        if isinstance(value, dict) and value:
            _flatten_into(flat, f"{path}/", cast("dict[Any, Any]", value))
        else:
            flat[path] = value


def check_name(name: str, what: str) -> None:
    """Let a name pass that a table or column may have.

    Raises:
        InvalidName: it may not.
    """
    if not name or len(name) > MAX_NAME or not name.isprintable():
        raise InvalidName(
            f"a {what} cannot be called {name!r}", hint=f"use 1 to {MAX_NAME} printable characters"
        )
