"""Sharing the rows of a dataset on a server: the twin of `datasets.consumption.ConsumptionService`.

The server keeps the leases. How far a process is in its range it tells the server, and it notes it in a
file as well, which the other processes of its machine read when it dies.
"""

from __future__ import annotations

import hashlib
import shutil
import time
from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Self
from uuid import uuid4

from starwhale.client.pages import segment
from starwhale.datasets.consumption import Lease, check_session
from starwhale.datasets.consumption_notes import MappedNote, noted
from starwhale.datasets.consumption_reading import lost

if TYPE_CHECKING:
    from pathlib import Path

    from starwhale.artifacts.schemas import VersionRead
    from starwhale.client.http import Http
    from starwhale.core.actor import Actor
    from starwhale.kit.process import ProcessId

#: Seconds of reading that may come again on another machine when a process dies: the server is told where a
#: process is before it gets a further row, unless it was told so recently. Asking takes some milliseconds.
REPORTED = 0.01


class RemoteConsumption:
    """Sessions of one server.

    Args:
        http: The connection.
        folder: Where processes of this machine note how far they are.
    """

    def __init__(self, http: Http, folder: Path) -> None:
        self._http = http
        self._folder = folder / hashlib.sha256(http.url.encode()).hexdigest()[:16]
        self._began: dict[int, str] = {}
        self._lease_seconds = 0.0

    @property
    def lease_seconds(self) -> float:
        """How long a process may stay silent before its range goes to another one; known after `join`."""
        return self._lease_seconds

    def join(self, actor: Actor, project: str, name: str, version: VersionRead, rows: int) -> int:
        """Take part in a session; see `ConsumptionService.join`. How many rows there are the server knows."""
        check_session(name)
        body = {"session": name, "dataset": version.name, "version": version.version}
        path = f"/projects/{segment(project)}/consumptions"
        return self._http.post(path, body, again=True, form=self._joined)

    def _joined(self, told: Any) -> int:
        number = int(told["id"])
        self._began[number] = hashlib.sha256(str(told["began"]).encode()).hexdigest()[:16]
        self._lease_seconds = float(told["lease_seconds"])
        return number

    def claim(self, number: int, batch: int, process: ProcessId) -> Lease | None:
        """Lease the next range; see `ConsumptionService.claim`.

        Where the answer is lost, nobody reads the range, and it is handed out again when the lease ends.
        """
        lease = self._ask(number, "claim", {"batch": batch, **asdict(process)}, _lease)
        if lease is None or lease.before is None:
            return lease
        done = noted(self.note(number, lease.before), lease.done, lease.stop)
        return Lease(start=lease.start, done=done, stop=lease.stop, token=lease.token, before=lease.before)

    def prolong(self, number: int, lease: Lease, *, by: float | None = None) -> bool:
        """Keep a lease; see `ConsumptionService.prolong`."""
        return self._ask(number, "prolong", {"token": lease.token, "by": by}, _counts)

    def advance(self, number: int, token: int, done: int) -> bool:
        """Say how far a range is read; see `ConsumptionService.advance`."""
        return self._ask(number, "advance", {"token": token, "done": done}, _counts)

    def finish(self, actor: Actor, number: int, lease: Lease) -> bool:
        """Say that a range was read through; see `ConsumptionService.finish`."""
        path = f"/consumptions/{number}/finish"
        counts: bool = self._http.post(path, {"token": lease.token}, once=uuid4().hex, form=_counts)
        self.note(number, lease.token).unlink(missing_ok=True)
        return counts

    def is_finished(self, number: int) -> bool:
        """Whether every row was consumed."""
        finished: bool = self._http.get(f"/consumptions/{number}", form=lambda told: bool(told["finished"]))
        if finished:
            shutil.rmtree(self._place(number), ignore_errors=True)
        return finished

    def noting(self, number: int, lease: Lease) -> RemoteNote:
        """Where the holder of a lease notes how far he is."""
        return RemoteNote(self, number, lease)

    def note(self, number: int, token: int) -> Path:
        """The file in which the holder of a lease notes how far he is."""
        return self._place(number) / str(token)

    def _place(self, number: int) -> Path:
        # A server that was set up anew begins to count anew.
        return self._folder / f"{number}-{self._began[number]}"

    def _ask(self, number: int, verb: str, body: dict[str, Any], form: Callable[[Any], Any]) -> Any:
        return self._http.post(f"/consumptions/{number}/{verb}", body, again=True, form=form)


def _counts(told: Any) -> bool:
    return bool(told["counts"])


def _lease(told: Any) -> Lease | None:
    lease = told["lease"]
    if lease is None:
        return None
    return Lease(**{name: lease[name] for name in ("start", "done", "stop", "token", "before")})


class RemoteNote:
    """How far a range is read, in a file and on the server.

    Args:
        service: The sessions.
        number: Which.
        lease: The range.
    """

    def __init__(self, service: RemoteConsumption, number: int, lease: Lease) -> None:
        self._service = service
        self._number = number
        self._lease = lease
        self._mapped = MappedNote(service.note(number, lease.token), lease.done)
        self._done = self._told = lease.done
        self._at = time.monotonic()

    def write(self, done: int) -> None:
        """See `Note.write`.

        Raises:
            Conflict: another process has the range by now.
        """
        self._mapped.write(done)
        self._done = done
        # That the last row of a range was consumed is said by `finish`.
        if done < self._lease.stop and time.monotonic() - self._at >= REPORTED:
            self._tell()

    def settle(self) -> None:
        """See `Note.settle`."""
        if self._done != self._told:
            self._tell()

    def _tell(self) -> None:
        if not self._service.advance(self._number, self._lease.token, self._done):
            raise lost(self._lease)
        self._told, self._at = self._done, time.monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._mapped.__exit__()
