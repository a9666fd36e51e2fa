"""A server as an instance: the same services as on this machine, over versions and bytes that lie there."""

from __future__ import annotations

import os
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Self

from starwhale.core.actor import Actor
from starwhale.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path
    from types import TracebackType

    from starwhale.client.artifacts import RemoteArtifacts
    from starwhale.client.consumption import RemoteConsumption
    from starwhale.client.http import Http
    from starwhale.client.job_notes import RemoteMarks, RemoteSchedules, RemoteTemplates
    from starwhale.client.jobs import RemoteJobs
    from starwhale.client.objects import RemoteBlobs
    from starwhale.client.parcels import Parcels
    from starwhale.client.projects import RemoteProjects
    from starwhale.client.runs import RemoteExperiments
    from starwhale.client.tables import RemoteResults
    from starwhale.core.settings import Settings
    from starwhale.datasets.service import DatasetService
    from starwhale.models.service import ModelService
    from starwhale.runtimes.service import RuntimeService
    from starwhale.storage.rows.manifest import LayerStore


class RemoteInstance:
    """What lies on one server, with the attributes of `LocalInstance`.

    Rules that need the catalog run over there; packing, hashing and reading packages is done here.

    Args:
        name: What addresses call it: an alias, or its URL.
        url: ``http[s]://host[:port]``.
        token: What is shown at its door; empty for nothing.
        user: Who is logged in there; empty where nobody is.
        settings: Where things lie on this machine: copies of what was read, environments, digests of files.
        renew: Tells the token of now, see `Http`; without it there is but the one that was given.
    """

    def __init__(
        self,
        name: str,
        url: str,
        *,
        token: str = "",
        user: str = "",
        settings: Settings,
        renew: Callable[[], str] | None = None,
    ) -> None:
        self.name = name
        self.url = url
        self.settings = settings
        self._token = token
        self._user = user
        self._renew = renew

    @cached_property
    def http(self) -> Http:
        """The connection."""
        from starwhale.client.http import Http

        return Http(self.url, self._token, alias=self.name, renew=self._renew)

    @cached_property
    def parcels(self) -> Parcels:
        """Small blobs that wait to be sent with the version they belong to."""
        from starwhale.client.parcels import Parcels

        return Parcels(self.http)

    @cached_property
    def actor(self) -> Actor:
        """Whoever is logged in; what he may do is known over there."""
        return Actor(name=self._user)

    @cached_property
    def projects(self) -> RemoteProjects:
        """Projects."""
        from starwhale.client.projects import RemoteProjects

        return RemoteProjects(self.http)

    @property
    def project_trash(self) -> RemoteProjects:
        """Removed projects."""
        return self.projects

    @cached_property
    def artifacts(self) -> RemoteArtifacts:
        """Versions and tags of packages of every kind."""
        from starwhale.client.artifacts import RemoteArtifacts

        return RemoteArtifacts(self.http, self.name, self.parcels)

    @cached_property
    def blobs(self) -> RemoteBlobs:
        """The bytes, by digest."""
        from starwhale.client.objects import HttpObjects, RemoteBlobs

        return RemoteBlobs(HttpObjects(self.http, parcels=self.parcels), self.settings.cache / "blobs")

    @cached_property
    def layers(self) -> LayerStore:
        """Rows of datasets."""
        from starwhale.storage.rows.manifest import LayerStore

        return LayerStore(self.blobs)

    @cached_property
    def datasets(self) -> DatasetService:
        """Datasets."""
        from starwhale.datasets.service import DatasetService

        return DatasetService(self.artifacts, self.layers)

    @cached_property
    def consumption(self) -> RemoteConsumption:
        """Sessions in which processes share the rows of a dataset."""
        from starwhale.client.consumption import RemoteConsumption

        return RemoteConsumption(self.http, self.settings.cache / "consumption")

    @cached_property
    def runtimes(self) -> RuntimeService:
        """Runtimes."""
        from starwhale.runtimes.service import RuntimeService

        return RuntimeService(self.artifacts, self.blobs, self.settings, os.environ)

    @cached_property
    def models(self) -> ModelService:
        """Model packages."""
        from starwhale.models.service import ModelService

        return ModelService(self.artifacts, self.blobs, self.settings)

    @cached_property
    def jobs(self) -> RemoteJobs:
        """Jobs, their steps and tasks."""
        from starwhale.client.jobs import RemoteJobs

        return RemoteJobs(self.http, self.name)

    @cached_property
    def job_marks(self) -> RemoteMarks:
        """Comments and pins of jobs."""
        from starwhale.client.job_notes import RemoteMarks

        return RemoteMarks(self.http, self.name)

    @cached_property
    def job_templates(self) -> RemoteTemplates:
        """Jobs under a name."""
        from starwhale.client.job_notes import RemoteTemplates

        return RemoteTemplates(self.http, self.name)

    @cached_property
    def job_schedules(self) -> RemoteSchedules:
        """Templates that are run at certain times."""
        from starwhale.client.job_notes import RemoteSchedules

        return RemoteSchedules(self.http)

    @cached_property
    def experiments(self) -> RemoteExperiments:
        """Tracked runs; what cannot be sent waits beside the store of this machine."""
        place = sha256(self.url.encode()).hexdigest()[:16]
        return self.experiments_by(self.settings.root / "waiting" / place)

    def experiments_by(self, root: Path) -> RemoteExperiments:
        """Tracked runs, of which what cannot be sent waits in a directory."""
        from starwhale.client.run_tables import RunTables
        from starwhale.client.runs import RemoteExperiments

        return RemoteExperiments(tables=RunTables(self.http), root=root, http=self.http)

    def results(self, project: str, job: str) -> RemoteResults:
        """The tables of one job; close it when done."""
        from starwhale.client.tables import RemoteResults

        return RemoteResults(self.http, project=project, job=job)

    @property
    def references(self) -> Mapping[str, Callable[[str], Iterable[str]]]:
        """For each kind, the digests that a manifest names."""
        return {
            "dataset": self.layers.references,
            "model": self.models.contents.references,
            "runtime": self.runtimes.contents.references,
        }

    def close(self) -> None:
        """Give back the connections."""
        if "http" in self.__dict__:
            self.http.close()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        raise UsageError(
            f"{self.__dict__.get('name', '')!r} is a server, and this is done on one's own machine only",
            hint="name something of this machine: local/project/PROJECT/…, or `swcli instance select local`",
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
