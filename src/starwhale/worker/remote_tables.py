"""Tables of a job on a server, for its workers: rows are collected, and sent with the progress they are."""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from starwhale.core.errors import UsageError
from starwhale.evaluations.results import evaluation_prefix, summary_path
from starwhale.jobs.wire import lease_to_json
from starwhale.storage.layers.cells import cell_of
from starwhale.storage.layers.packed import pack
from starwhale.storage.tables.cells import unpack_row
from starwhale.storage.tables.frames import estimate

if TYPE_CHECKING:
    from starwhale.jobs.leases import Lease
    from starwhale.jobs.plan import Key
    from starwhale.storage.layers.media import OpenBlob
    from starwhale.worker.remote_http import WorkHttp

#: Bytes, about, after which rows are sent before anybody asks for it: much less than a server takes at once.
FLUSH_BYTES = 32 << 20
#: Those of a row without its values.
_ROW = 96
_SIMPLE = frozenset({bool, type(None)})
_Rows = list[tuple["Key", dict[str, Any]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """What of a lease is done; it counts with the rows that are sent with it."""

    lease: Lease
    upto: Key | None
    rows: int
    failed: int

    def __call__(self, _session: object) -> None:
        """Called by whoever writes to a store of his own, which a worker of a server has not."""
        raise UsageError("this progress is for a server")

    def to_json(self) -> dict[str, Any]:
        """As it is sent."""
        return {
            "lease": lease_to_json(self.lease),
            "upto": self.upto,
            "rows": self.rows,
            "failed": self.failed,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """How the tables of one job are reached.

    Attributes:
        http: The connection.
        project: Project of the results.
        source: Opens media that lie outside the rows.
        epoch: Gives that of the scheduler that the worker belongs to.
    """

    http: WorkHttp
    project: str
    job: str
    source: OpenBlob
    epoch: Callable[[], int]

    def name_of(self, path: str) -> str:
        """Name of the table at a path; empty for the summary of the project."""
        if path == summary_path(self.project):
            return ""
        return path.removeprefix(evaluation_prefix(self.project, self.job))


class RemoteTables:
    """What `TableStore` is for a store of one's own, for the tables of one job.

    Args:
        links: How they are reached.
    """

    def __init__(self, links: Links) -> None:
        self._links = links

    def writer(self) -> RemoteWriter:
        """A writer of its own for the caller."""
        return RemoteWriter(self._links)

    def reader(self, path: str) -> RemoteReader:
        """A table as it is."""
        return RemoteReader(self._links, self._links.name_of(path))


class RemoteWriter:
    """See `TableWriter`. Safe to share among threads.

    Args:
        links: Where its rows go.
    """

    def __init__(self, links: Links) -> None:
        self._links = links
        self._sender = secrets.token_hex(16)
        self._sequence = 0
        self._rows: dict[str, _Rows] = {}
        self._bytes = 0
        self._collecting = threading.Lock()
        self._sending = threading.Lock()

    def put(self, path: str, key: Key, values: Mapping[str, Any]) -> None:
        """See `TableWriter.put`."""
        packed = {name: _packed(value, name) for name, value in values.items()}
        with self._collecting:
            self._rows.setdefault(self._links.name_of(path), []).append((key, packed))
            self._bytes += _ROW + sum(map(estimate, packed.values()))
            full = self._bytes > FLUSH_BYTES
        if full:
            self.flush()

    def pending(self, path: str | None = None) -> int:
        """See `TableWriter.pending`."""
        with self._collecting:
            if path is not None:
                return len(self._rows.get(self._links.name_of(path), ()))
            return sum(map(len, self._rows.values()))

    def flush(self, path: str | None = None, guard: Callable[[Any], None] | None = None) -> None:
        """Make all that is pending durable and visible, in one transaction with the progress it is.

        Args:
            path: Flush nothing where this table has nothing to flush.
            guard: A `Progress` of the server's ledger.

        Raises:
            Fenced: the lease was taken back; nothing of this is visible then.
        """
        if guard is not None and not isinstance(guard, Progress):
            raise UsageError("results on a server become visible with progress of that server")
        if path is not None and not self.pending(path):
            return
        with self._sending:
            with self._collecting:
                rows, self._rows, self._bytes = self._rows, {}, 0
            if rows or guard is not None:
                self._sequence += 1
                self._send(rows, guard)

    def close(self) -> None:
        """Forget what was not flushed."""
        with self._collecting:
            self._rows, self._bytes = {}, 0

    def _send(self, rows: Mapping[str, _Rows], guard: Progress | None) -> None:
        import orjson

        summary: dict[str, Any] = {}
        for _, cells in rows.get("", ()):
            summary |= cells
        message = orjson.dumps(
            {
                "sender": self._sender,
                "sequence": self._sequence,
                "epoch": self._links.epoch(),
                "tables": {name: found for name, found in rows.items() if name},
                "summary": summary,
                "settled": guard and guard.to_json(),
            }
        )
        headers = {"Content-Type": "application/octet-stream", "Content-Length": str(len(message))}
        self._links.http.send(
            "POST", "/results", again=True, headers=headers, content=lambda: iter((message,))
        )


class RemoteReader:
    """See `TableReader`: what is committed when it is read.

    Args:
        links: How it is reached.
        table: Its name; empty for the summary.
    """

    def __init__(self, links: Links, table: str) -> None:
        self._links = links
        self._table = table

    def get(self, key: Key) -> dict[str, Any] | None:
        """The row of a key, or None."""
        if not self._table:
            return unpack_row(self._links.http.get("/summary"), self._links.source)
        return next((row for found, row in self.scan(key) if found == key), None)

    def scan(self, start: Key | None = None, end: Key | None = None) -> Iterator[tuple[Key, dict[str, Any]]]:
        """Rows in key order from `start` up to, not including, `end`."""
        asked = {"table": self._table, "start": json.dumps(start), "end": json.dumps(end)}
        after: Key | None = None
        while True:
            told = self._links.http.get("/tables/rows", {**asked, "after": json.dumps(after)})
            for key, cells in told["rows"]:
                yield key, unpack_row(cells, self._links.source)
                after = key
            if not told["more"]:
                return


def _packed(value: Any, column: str) -> Any:
    """Packed form of a value with all its bytes: the server puts large ones where they belong."""
    if type(value) in _SIMPLE or (type(value) is str and value.isascii()):
        return value
    return pack(*cell_of(value, column))
