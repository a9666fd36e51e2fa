"""What a worker works with when it may speak to the store itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starwhale.api.session import on_disk
from starwhale.artifacts.schemas import VersionRead
from starwhale.core.addresses import Defaults, parse_uri
from starwhale.core.kinds import Kind
from starwhale.datasets.rows import Features
from starwhale.jobs.ledger import WorkerLedger
from starwhale.jobs.plan import DatasetInput
from starwhale.worker.ports import Results, Rows


class LocalBench:
    """See `Bench`: the services of the standalone store that the environment names."""

    def __init__(self) -> None:
        self._instance = on_disk()
        self._versions: dict[str, VersionRead] = {}
        self.ledger: WorkerLedger = self._instance.ledger

    def results(self, project: str, job: str) -> Results:
        """See `Bench`."""
        return self._instance.results(project, job)

    def rows(self, dataset: DatasetInput) -> Rows:
        """See `Bench`."""
        return self._instance.datasets.open(self._version(dataset))

    def features(self, columns: dict[str, Any]) -> Mapping[str, Any]:
        """See `Bench`."""
        return Features(columns)

    def info_of(self, dataset: DatasetInput) -> Any:
        """See `Bench`."""
        return self._instance.layers.load(self._version(dataset).manifest).info

    def _version(self, dataset: DatasetInput) -> VersionRead:
        found = self._versions.get(dataset.uri)
        if found is None:
            uri = parse_uri(dataset.uri, kind=Kind.DATASET, defaults=Defaults())
            found = self._versions[dataset.uri] = self._instance.datasets.resolve(self._instance.actor, uri)
        return found


def open_bench() -> LocalBench:
    """The bench of a standalone store."""
    return LocalBench()
