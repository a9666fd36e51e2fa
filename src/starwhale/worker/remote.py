"""What a worker works with when a server has its job: it reaches that over HTTP, and nothing of its store."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from starwhale.client.objects import HttpObjects, RemoteBlobs
from starwhale.core.errors import UsageError
from starwhale.core.settings import Settings
from starwhale.datasets.rows import Features
from starwhale.evaluations.results import ResultStore
from starwhale.jobs.leases import Holder, Lease, Unit
from starwhale.jobs.ledger import Guard
from starwhale.jobs.plan import DatasetInput, Key
from starwhale.jobs.wire import TOKEN, URL, lease_from_json, lease_to_json, unit_from_json
from starwhale.storage.rows.manifest import LayerStore
from starwhale.storage.rows.snapshot import Snapshot
from starwhale.worker.ports import Results, Rows
from starwhale.worker.remote_http import WorkHttp
from starwhale.worker.remote_tables import Links, Progress, RemoteTables

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starwhale.storage.tables.store import TableStore


class RemoteLedger:
    """See `WorkerLedger`: that of a server.

    Args:
        http: The connection.
    """

    def __init__(self, http: WorkHttp) -> None:
        self._http = http
        self.epoch = 0

    def lease(self, holder: Holder, now: datetime) -> Lease | None:
        """See `WorkerLedger.lease`."""
        self.epoch = holder.epoch
        found = self._http.ask("/lease", _holder(holder))["lease"]
        return None if found is None else lease_from_json(found)

    def lease_units(self, holders: Sequence[Holder], now: datetime) -> list[Unit]:
        """See `WorkerLedger.lease_units`."""
        self.epoch = holders[0].epoch
        units = self._http.ask("/lease-units", {"holders": [_holder(each) for each in holders]})["units"]
        return [unit_from_json(each) for each in units]

    def settle(self, leases: Sequence[Lease]) -> list[bool]:
        """See `WorkerLedger.settle`."""
        return self._http.ask("/settle", {"leases": [lease_to_json(each) for each in leases]})["counts"]

    def prolong(self, lease: Lease, now: datetime) -> None:
        """See `WorkerLedger.prolong`."""
        self._http.ask("/prolong", lease_to_json(lease))

    def advance(self, lease: Lease, upto: Key, rows: int, failed: int) -> Guard:
        """See `WorkerLedger.advance`; `RemoteResults.flush` sends it with the rows."""
        return Progress(lease=lease, upto=upto, rows=rows, failed=failed)

    def complete(self, lease: Lease, rows: int, failed: int) -> Guard:
        """The same for the rest of a lease, which ends with it."""
        return Progress(lease=lease, upto=None, rows=rows, failed=failed)

    def give_back(self, lease: Lease) -> None:
        """See `WorkerLedger.give_back`."""
        self._http.ask("/give-back", lease_to_json(lease))


class RemoteBench:
    """See `Bench`.

    Args:
        http: The connection.
        settings: Where copies of what was read lie on this machine.
    """

    def __init__(self, http: WorkHttp, settings: Settings) -> None:
        self._http = http
        self._layers = LayerStore(RemoteBlobs(HttpObjects(http), settings.cache / "blobs"))
        self._manifests: dict[str, str] = {}
        self.ledger = RemoteLedger(http)

    def results(self, project: str, job: str) -> Results:
        """See `Bench`."""
        links = Links(
            http=self._http,
            project=project,
            job=job,
            source=self._layers.source,
            epoch=lambda: self.ledger.epoch,
        )
        return ResultStore(cast("TableStore", RemoteTables(links)), project=project, job=job)

    def rows(self, dataset: DatasetInput) -> Rows:
        """See `Bench`."""
        return Snapshot(self._layers, self._layers.load(self._manifest(dataset)))

    def features(self, columns: dict[str, Any]) -> Mapping[str, Any]:
        """See `Bench`."""
        return Features(columns)

    def info_of(self, dataset: DatasetInput) -> Any:
        """See `Bench`."""
        return self._layers.load(self._manifest(dataset)).info

    def _manifest(self, dataset: DatasetInput) -> str:
        found = self._manifests.get(dataset.uri)
        if found is None:
            told = self._http.get("/manifest", {"dataset": dataset.uri})
            found = self._manifests[dataset.uri] = told["manifest"]
        return found


def open_bench() -> RemoteBench:
    """The bench of a worker that a server has started.

    Raises:
        UsageError: it was started by something else.
    """
    url, token = os.environ.get(URL), os.environ.get(TOKEN)
    if not url or not token:
        raise UsageError("this worker was not told which server it belongs to")
    settings = Settings.from_env(os.environ)
    Path(settings.cache).mkdir(parents=True, exist_ok=True)
    return RemoteBench(WorkHttp(url, token), settings)


def _holder(holder: Holder) -> dict[str, Any]:
    return {
        "job": holder.job,
        "epoch": holder.epoch,
        "step": holder.step,
        "task": holder.task,
        "attempt": holder.attempt,
    }
