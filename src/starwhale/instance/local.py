"""The standalone instance: the services over a database file and a directory, in this very process."""

from __future__ import annotations

import os
import shutil
from functools import cached_property
from typing import TYPE_CHECKING, Self

from starwhale.core.actor import Actor
from starwhale.core.errors import UsageError
from starwhale.core.instances import LOCAL
from starwhale.core.settings import Settings
from starwhale.core.types.link import set_link_opener
from starwhale.kit.people import system_user

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from types import TracebackType

    from starwhale.artifacts.gc import CollectionService
    from starwhale.artifacts.service import ArtifactService
    from starwhale.catalog.engine import Catalog, Session
    from starwhale.catalog.tablelog import CatalogRevisions
    from starwhale.core.types.link import Link
    from starwhale.core.types.reader import Reader
    from starwhale.datasets.consumption import ConsumptionService
    from starwhale.datasets.service import DatasetService
    from starwhale.evaluations.results import ResultStore
    from starwhale.experiments.service import ExperimentService
    from starwhale.instance.remote import RemoteInstance
    from starwhale.jobs.catalog_ledger import CatalogLedger
    from starwhale.jobs.marks import MarkService
    from starwhale.jobs.schedules import ScheduleService
    from starwhale.jobs.service import JobService
    from starwhale.jobs.templates import TemplateService
    from starwhale.models.service import ModelService
    from starwhale.projects.service import ProjectService
    from starwhale.projects.trash import ProjectTrash
    from starwhale.runtimes.service import RuntimeService
    from starwhale.storage.blobs import Blobs
    from starwhale.storage.links import LinkReaders
    from starwhale.storage.rows.manifest import LayerStore
    from starwhale.storage.tables.store import TableStore


class LocalInstance:
    """Services of a standalone store, each made when first used.

    Args:
        settings: Where it lies; read from the environment by default.
    """

    def __init__(self, settings: Settings | None = None) -> None:
        self.settings = settings or Settings.from_env(os.environ)
        self._others: dict[str, RemoteInstance] = {}
        set_link_opener(self._open_link)

    def _open_link(self, link: Link) -> Reader:
        return self._link_readers(link)

    @cached_property
    def _link_readers(self) -> LinkReaders:
        from starwhale.core.config import load_config
        from starwhale.storage.links import LinkReaders

        return LinkReaders(lambda: load_config(self.settings.config_path).link_auths)

    @cached_property
    def actor(self) -> Actor:
        """Whoever runs this process owns his standalone store."""
        return Actor(name=system_user(), admin=True)

    @cached_property
    def catalog(self) -> Catalog:
        """The database, made and migrated when it is not there or behind."""
        from starwhale.catalog.engine import Catalog
        from starwhale.projects.service import ProjectService

        try:
            self.settings.root.mkdir(parents=True, exist_ok=True)
        except OSError as exc:
            raise UsageError(
                f"the store {str(self.settings.root)!r} cannot be made: {exc.strerror}",
                hint="name another directory in SW_LOCAL_STORAGE",
            ) from exc
        catalog = Catalog.open(self.settings.catalog_url)
        ProjectService(catalog).ensure_default(self.actor)
        return catalog

    @cached_property
    def blobs(self) -> Blobs:
        """The bytes, by digest."""
        from starwhale.storage.blobs import Blobs
        from starwhale.storage.objects import open_objects

        return Blobs(open_objects(self.settings.objects_url), self.settings.cache / "blobs")

    @cached_property
    def layers(self) -> LayerStore:
        """Rows of datasets and of folded tables."""
        from starwhale.storage.rows.manifest import LayerStore

        return LayerStore(self.blobs)

    @cached_property
    def revisions(self) -> CatalogRevisions:
        """The order of commits to live tables."""
        from starwhale.catalog.tablelog import CatalogRevisions

        return CatalogRevisions(self.catalog)

    @cached_property
    def tables(self) -> TableStore:
        """Live tables."""
        from starwhale.storage.tables.logs import DirectoryLogs
        from starwhale.storage.tables.store import TableStore

        return TableStore(self.layers, DirectoryLogs(self.settings.tables), self.revisions)

    @cached_property
    def projects(self) -> ProjectService:
        """Projects."""
        from starwhale.projects.service import ProjectService

        return ProjectService(self.catalog)

    @cached_property
    def project_trash(self) -> ProjectTrash:
        """Removed projects."""
        from starwhale.projects.trash import ProjectTrash

        return ProjectTrash(self.projects, self._clear_logs)

    def _clear_logs(self, job: str) -> None:
        shutil.rmtree(self.settings.run / job, ignore_errors=True)

    @cached_property
    def artifacts(self) -> ArtifactService:
        """Versions and tags of packages of every kind."""
        from starwhale.artifacts.service import ArtifactService

        return ArtifactService(self.catalog)

    @cached_property
    def datasets(self) -> DatasetService:
        """Datasets."""
        from starwhale.datasets.service import DatasetService

        return DatasetService(self.artifacts, self.layers)

    @cached_property
    def consumption(self) -> ConsumptionService:
        """Sessions in which processes share the rows of a dataset."""
        from starwhale.datasets.consumption import ConsumptionService

        return ConsumptionService(
            self.catalog, self.settings.root / "consumption", self.settings.lease_seconds
        )

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
    def jobs(self) -> JobService:
        """Jobs, their steps and tasks."""
        from starwhale.jobs.service import JobService

        return JobService(
            self.catalog, self.settings, forget=self._forget_results, begin_with=self._copy_results
        )

    @cached_property
    def ledger(self) -> CatalogLedger:
        """States and leases of jobs; all that a worker needs of them."""
        from datetime import timedelta

        from starwhale.jobs.catalog_ledger import CatalogLedger

        return CatalogLedger(catalog=self.catalog, lease_time=timedelta(seconds=self.settings.lease_seconds))

    @cached_property
    def job_marks(self) -> MarkService:
        """Comments, pins and the queue of jobs."""
        from starwhale.jobs.marks import MarkService

        return MarkService(self.catalog)

    @cached_property
    def job_templates(self) -> TemplateService:
        """Jobs under a name."""
        from starwhale.jobs.templates import TemplateService

        return TemplateService(self.catalog)

    @cached_property
    def job_schedules(self) -> ScheduleService:
        """Templates that are run at certain times."""
        from starwhale.jobs.schedules import ScheduleService

        return ScheduleService(self.catalog)

    @cached_property
    def experiments(self) -> ExperimentService:
        """Tracked runs."""
        from starwhale.experiments.service import ExperimentService

        return ExperimentService(
            catalog=self.catalog, tables=self.tables, revisions=self.revisions, root=self.settings.root
        )

    def at(self, name: str) -> LocalInstance | RemoteInstance:
        """Another instance, as the config of this machine knows it; this one for ``local``.

        Raises:
            NotFound: no such alias is configured.
        """
        if name == LOCAL:
            return self
        if name not in self._others:
            from starwhale.instance.servers import open_server

            server = open_server(self.settings, name)
            if server is None:
                return self
            self._others[name] = server
        return self._others[name]

    @property
    def references(self) -> Mapping[str, Callable[[str], Iterable[str]]]:
        """For each kind of package, the digests that a manifest names."""
        return {
            "dataset": self.layers.references,
            "model": self.models.contents.references,
            "runtime": self.runtimes.contents.references,
        }

    @cached_property
    def collection(self) -> CollectionService:
        """Garbage collection."""
        from starwhale.instance.collecting import Holdings, collection_of

        held = {name: getattr(self, name) for name in Holdings.__slots__}
        return collection_of(Holdings(**held))

    def _forget_results(self, session: Session, jobs: Sequence[tuple[str, str]]) -> None:
        from starwhale.evaluations.results import forget

        forget(self.tables, self.revisions, session, jobs)

    def _copy_results(self, session: Session, source: tuple[str, str], target: tuple[str, str]) -> None:
        from starwhale.evaluations.results import evaluation_prefix

        self.revisions.copy(session, evaluation_prefix(*source), evaluation_prefix(*target))

    def results(self, project: str, job: str) -> ResultStore:
        """The tables of one job; close it when done."""
        from starwhale.evaluations.results import ResultStore

        return ResultStore(self.tables, project=project, job=job)

    def close(self) -> None:
        """Give back the connections to the database."""
        if "catalog" in self.__dict__:
            self.catalog.close()
        while self._others:
            self._others.popitem()[1].close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
