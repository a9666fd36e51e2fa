"""The tables of tracked runs on a server: the twin of `TableStore`, as far as runs need it."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from starwhale.client.batches import Batches, cut
from starwhale.client.pages import segment
from starwhale.client.table_rows import TableRows
from starwhale.core.errors import StarwhaleError, UsageError
from starwhale.experiments.paths import PROCESSES
from starwhale.experiments.writing import EXPERIMENT
from starwhale.storage.tables.cells import pack_whole

if TYPE_CHECKING:
    from starwhale.client.http import Http


@dataclass(frozen=True, slots=True)
class RunTables:
    """Tables of runs by their paths, of which the first word is the project.

    Args:
        http: The connection.
    """

    http: Http

    def writer(self) -> RunWriter:
        """A writer of its own for the caller, for one process of one run."""
        return RunWriter(self.http)

    def reader(self, path: str) -> RunReader:
        """A table as it is when it is read; without rows where it is not there."""
        project, _, table = path.partition("/")
        return RunReader(TableRows(self.http, project), table)

    def fold(self, path: str) -> bool:
        """Nothing: a server folds by itself."""
        return False


@dataclass(frozen=True, slots=True)
class RunReader:
    """One table."""

    rows: TableRows
    path: str

    def get(self, key: str) -> dict[str, Any] | None:
        """The row of a key, or None."""
        return self.rows.get(self.path, key)

    def scan(self, start: str | None = None, end: str | None = None) -> Iterator[tuple[Any, dict[str, Any]]]:
        """Rows in key order from `start` up to, not including, `end`."""
        return self.rows.scan(self.path, start, end)


class RunWriter:
    """Writes what one process of a run logs. Safe to share among threads.

    Rows of several batches need not become visible together, but those that are put first do first. Each
    group of rows comes with one of the table of processes, which tells whose they are.

    Args:
        http: The connection.
    """

    def __init__(self, http: Http) -> None:
        self._http = http
        self._pending: list[tuple[str, str, dict[str, Any]]] = []
        self._batches: Batches | None = None
        self._rows = threading.Lock()
        self._sending = threading.Lock()

    def put(self, path: str, key: str, values: Mapping[str, Any]) -> None:
        """See `TableWriter.put`."""
        packed = {name: pack_whole(value, name) for name, value in values.items()}
        with self._rows:
            self._pending.append((path, key, packed))

    def flush(self, path: str | None = None) -> None:
        """Make what was put durable over there.

        Raises:
            Unavailable: the server does not answer; what had got stuck is sent first the next time, and
                what was put since is to be put again.
            StarwhaleError: it was refused.
        """
        with self._sending:
            with self._rows:
                rows, self._pending = self._pending, []
            if not rows:
                return
            if self._batches is None:
                project, run, process = _writer_of(rows)
                place = f"/projects/{segment(project)}/runs"
                opened = partial(self._open, f"{place}/{segment(run)}/writers", process)
                self._batches = Batches(self._http, f"{place}/writers", opened)
            for batch in cut((path.split("/", 3)[3], [key, cells]) for path, key, cells in rows):
                self._batches.send(batch)

    def _open(self, place: str, process: str) -> int:
        return self._http.post(
            place, {"process": process}, once=uuid4().hex, form=lambda told: int(told["id"])
        )

    def close(self) -> None:
        """End the session; the server forgets one that it does not hear of."""
        with self._sending, self._rows:
            self._pending = []
            batches, self._batches = self._batches, None
        if batches is not None:
            try:
                batches.close()
            except StarwhaleError:
                return


def _writer_of(rows: list[tuple[str, str, dict[str, Any]]]) -> tuple[str, str, str]:
    """Project, run and process of those who put these rows."""
    for path, key, _cells in rows:
        project, kind, run, table = path.split("/", 3)
        if kind == EXPERIMENT and table == PROCESSES:
            return project, run, key
    raise UsageError("rows of a run come with one of its processes")
