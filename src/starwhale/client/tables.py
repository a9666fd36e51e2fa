"""The tables of one evaluation on a server: the twin of `evaluations.results.ResultStore`."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from itertools import chain
from typing import TYPE_CHECKING, Any

from starwhale.client.batches import Batches, Change, cut
from starwhale.client.table_rows import TableRows, after
from starwhale.core.errors import StarwhaleError, Unavailable, UnsupportedValue, UsageError
from starwhale.evaluations.results import SUMMARY, check_name, flattened, row_id
from starwhale.storage.layers.media import Pickled
from starwhale.storage.tables.cells import pack_whole
from starwhale.storage.tables.frames import estimate
from starwhale.storage.tables.query import And, Compare, Contains, Filter, In, Not, Or

if TYPE_CHECKING:
    from starwhale.client.http import Http
    from starwhale.storage.layers.format import Key
    from starwhale.storage.tables.query import Query

#: Rows, and bytes, about, after which they are sent before anybody asks for it.
BATCH_ROWS, BATCH_BYTES = 5_000, 8 << 20


class RemoteResults:
    """Tables of one evaluation on a server, and its row in the summary. Safe to share among threads.

    Rows are buffered, and sent in batches that the server numbers: one that is sent twice counts once. When
    `flush` returns they are durable over there.

    Args:
        http: The connection.
        project: Project of the evaluation.
        job: Its id.
    """

    def __init__(self, http: Http, *, project: str, job: str) -> None:
        self._http = http
        self.project = project
        self.job = job
        self._rows = TableRows(http, project)
        self._base = self._rows.base
        self._batches = Batches(http, f"{self._base}/writers", self._open)
        self._pending: dict[str, list[Change]] = {}
        self._waiting = deque[list[Change]]()
        self._bytes = 0
        self._lock = threading.Lock()
        self._sending = threading.Lock()

    # Writing.

    def log(self, table: str, id: str | int, values: Mapping[str, Any]) -> None:  # noqa: A002 - 0.6's name
        """Upsert one row; see `ResultStore.log`.

        Raises:
            UnsupportedValue: a value has no stored form, or only one that the job itself may read.
        """
        check_name(table, "table")
        self._add(table, row_id(id), values)

    def log_summary(self, values: Mapping[str, Any]) -> None:
        """Upsert columns of the evaluation's row in the summary of its project."""
        self._add("", self.job, values)

    def _add(self, table: str, key: Key, values: Mapping[str, Any]) -> None:
        size = 0
        packed: dict[str, Any] = {}
        for name, value in flattened(values).items():
            if isinstance(value, Pickled):
                raise UnsupportedValue(f"column {name!r} cannot hold a pickled value on a server")
            packed[name] = pack_whole(value, name)
            size += estimate(packed[name])
        with self._lock:
            self._pending.setdefault(table, []).append([key, packed])
            self._bytes += size
            full = self._bytes >= BATCH_BYTES or sum(map(len, self._pending.values())) >= BATCH_ROWS
        if full:
            self.flush()

    @property
    def pending(self) -> int:
        """Rows that were logged since the last flush."""
        with self._lock:
            under_way = [*self._batches.stuck, *chain.from_iterable(self._waiting)]
            return sum(len(rows) for _table, rows in under_way) + sum(map(len, self._pending.values()))

    def flush(self, table: str | None = None, *, guard: Callable[[Any], None] | None = None) -> None:
        """Make buffered rows durable and visible.

        Args:
            table: Only this table; all tables and the summary otherwise.
            guard: Not possible here.

        Raises:
            Unavailable: the server does not answer; what is buffered may be flushed again later.
            StarwhaleError: some of it was refused, and is forgotten; all the rest was sent.
        """
        if guard is not None:
            raise UsageError("results on a server are not written together with anything else")
        name = "" if table == SUMMARY else table
        with self._sending:
            with self._lock:
                names = list(self._pending) if name is None else [name]
                taken = {each: self._pending.pop(each) for each in names if each in self._pending}
                self._bytes = 0 if not self._pending else self._bytes
            # Nobody who logs waits for this.
            batches = list(cut((each, row) for each, rows in taken.items() for row in rows))
            with self._lock:
                self._waiting += batches
            self._send_waiting()

    def _send_waiting(self) -> None:
        refused: StarwhaleError | None = None
        batch: list[Change] = []  # what got stuck goes first
        while True:
            try:
                self._batches.send(batch)
            except Unavailable:
                raise
            except StarwhaleError as exc:
                refused = refused or exc
            with self._lock:
                if not self._waiting:
                    break
                batch = self._waiting.popleft()
        if refused is not None:
            raise refused

    def _open(self) -> int:
        return self._http.post(f"{self._base}/writers", {"job": self.job}, form=lambda told: int(told["id"]))

    def close(self) -> None:
        """End the session; what was not flushed is forgotten."""
        with self._sending:
            self._batches.close()
            with self._lock:
                self._pending.clear()
                self._waiting.clear()

    # Reading.

    def get_summary(self) -> dict[str, Any]:
        """The evaluation's row in the summary, its unflushed values included."""
        self.flush(SUMMARY)
        row = self._rows.get(SUMMARY, self.job) or {}
        return {name: value for name, value in row.items() if value is not None}

    def scan(
        self,
        table: str,
        start: str | int | None = None,
        end: str | int | None = None,
        *,
        keep_none: bool = False,
        end_inclusive: bool = False,
    ) -> Iterator[dict[str, Any]]:
        """Rows in key order, each with its key as "id"; see `ResultStore.scan`."""
        check_name(table, "table")
        self.flush(table)
        stop = after(end) if end_inclusive and end is not None else end
        for key, values in self._rows.scan(self._path(table), start, stop):
            kept = values if keep_none else {k: each for k, each in values.items() if each is not None}
            yield {"id": key, **kept}

    def query(self, table: str, wanted: Query) -> list[dict[str, Any]]:
        """One page of a table, filtered and sorted over there; see `ResultStore.query`."""
        self.flush(table)
        left, cursor, found = wanted.limit + wanted.start, "", list[dict[str, Any]]()
        path = self._path(table)
        while left > 0:
            body = {
                "tables": [path],
                "where": tree_of(wanted.where),
                "order": [{"column": each.column, "descending": each.descending} for each in wanted.order],
                "columns": self._columns(wanted.columns),
                "size": min(left, 1000),
                "cursor": cursor,
            }
            rows, cursor = self._http.post(
                f"{self._base}/query",
                body,
                again=True,
                form=lambda told: (
                    [self._shown(path, row, wanted.columns) for row in told["rows"]],
                    told["next"],
                ),
            )
            found += rows
            left -= len(rows)
            if cursor is None:
                break
        return found[wanted.start :]

    def _columns(self, columns: Mapping[str, str] | None) -> list[str] | None:
        return None if columns is None else [name for name in columns if name != "id"]

    def _shown(self, path: str, row: Mapping[str, Any], columns: Mapping[str, str] | None) -> dict[str, Any]:
        values = self._rows.values(path, row)
        if columns is None:
            return {"id": row["id"], **values}
        return {alias: row["id"] if name == "id" else values.get(name) for name, alias in columns.items()}

    def count(self, table: str, where: Filter | None = None) -> int:
        """Rows of a table, or those that a filter lets through.

        Raises:
            NotFound: the evaluation has no such table.
        """
        self.flush(table)
        body = {"tables": [self._path(table)], "where": tree_of(where)}
        return self._http.post(f"{self._base}/count", body, again=True, form=lambda told: int(told["rows"]))

    def columns(self, table: str) -> list[str]:
        """Names of the columns of a table, but for its key; see `ResultStore.columns`."""
        self.flush(table)
        asked = {"path": self._path(table)}
        return self._http.get(
            f"{self._base}/info", asked, form=lambda told: [each["name"] for each in told["columns"]]
        )

    def tables(self) -> list[str]:
        """Names of the evaluation's tables that hold committed rows."""
        beginning, names, cursor = self._path(""), list[str](), ""
        while cursor is not None:
            asked = {"beginning": beginning, "size": 500, **({"cursor": cursor} if cursor else {})}
            paths, cursor = self._http.get(
                self._base, asked, form=lambda told: ([each["path"] for each in told["items"]], told["next"])
            )
            names += [path.removeprefix(beginning) for path in paths]
        return names

    def _path(self, table: str) -> str:
        return f"evaluation/{self.job}/{table}"


def tree_of(where: Filter | None) -> dict[str, Any] | None:
    """A filter as servers take it."""
    if where is None:
        return None
    if isinstance(where, Compare):
        return _leaf(where)
    if isinstance(where, In):
        return {"op": "in", "column": where.column, "values": [_constant(each) for each in where.values]}
    if isinstance(where, Contains):
        return {"op": "contains", "column": where.column, "value": where.text}
    if isinstance(where, Not):
        return {"op": "not", "part": tree_of(where.part)}
    assert isinstance(where, (And, Or))
    kind = "and" if isinstance(where, And) else "or"
    return {"op": kind, "parts": [tree_of(each) for each in where.parts]}


def _leaf(where: Compare) -> dict[str, Any]:
    operator = "=" if where.operator == "==" else where.operator
    return {"op": operator, "column": where.column, "value": _constant(where.value)}


def _constant(value: Any) -> Any:
    return pack_whole(value, "filter")
