"""What a worker works with when it may speak to the store itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starwhale.api.session import on_disk
from starwhale.artifacts.schemas import VersionRead
from starwhale.core.kinds import Kind
from starwhale.datasets.rows import Features
from starwhale.instance.elsewhere import read_address
from starwhale.instance.opening import Instance
from starwhale.jobs.ledger import WorkerLedger
from starwhale.jobs.plan import DatasetInput
from starwhale.worker.ports import Results, Rows


class LocalBench:
    """See `Bench`: the services of the standalone store that the environment names."""

    def __init__(self) -> None:
        self._instance = on_disk()
        self._versions: dict[str, tuple[Instance, VersionRead]] = {}
        self.ledger: WorkerLedger = self._instance.ledger

    def results(self, project: str, job: str) -> Results:
        """See `Bench`."""
        return self._instance.results(project, job)

    def rows(self, dataset: DatasetInput) -> Rows:
        """See `Bench`."""
        instance, version = self._found(dataset)
        return instance.datasets.open(version)

    def features(self, columns: dict[str, Any]) -> Mapping[str, Any]:
        """See `Bench`."""
        return Features(columns)

    def info_of(self, dataset: DatasetInput) -> Any:
        """See `Bench`."""
        instance, version = self._found(dataset)
        return instance.layers.load(version.manifest).info

    def _found(self, dataset: DatasetInput) -> tuple[Instance, VersionRead]:
        """A version, and the instance that has it."""
        found = self._versions.get(dataset.uri)
        if found is None:
            uri = read_address(self._instance, dataset.uri, Kind.DATASET)
            instance = self._instance.at(uri.instance)
            found = self._versions[dataset.uri] = (instance, instance.datasets.resolve(instance.actor, uri))
        return found


def open_bench() -> LocalBench:
    """The bench of a standalone store."""
    return LocalBench()
