"""What garbage collection has to know of an instance: what names blobs, and what goes with them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starwhale.artifacts.expiry import Trash
from starwhale.artifacts.gc import CollectionService

if TYPE_CHECKING:
    from datetime import datetime

    from starwhale.catalog.engine import Catalog
    from starwhale.catalog.tablelog import CatalogRevisions
    from starwhale.experiments.service import ExperimentService
    from starwhale.jobs.service import JobService
    from starwhale.jobs.templates import TemplateService
    from starwhale.models.service import ModelService
    from starwhale.projects.service import ProjectService
    from starwhale.runtimes.service import RuntimeService
    from starwhale.storage.blobs import Blobs
    from starwhale.storage.rows.manifest import LayerStore
    from starwhale.storage.tables.store import TableStore


@dataclass(frozen=True, slots=True, kw_only=True)
class Holdings:
    """What of an instance matters here."""

    catalog: Catalog
    blobs: Blobs
    layers: LayerStore
    revisions: CatalogRevisions
    tables: TableStore
    jobs: JobService
    job_templates: TemplateService
    models: ModelService
    runtimes: RuntimeService
    experiments: ExperimentService
    projects: ProjectService
    references: Mapping[str, Callable[[str], Iterable[str]]]


def collection_of(house: Holdings) -> CollectionService:
    """Garbage collection of an instance of this machine, or of a server."""
    jobs, experiments, projects = house.jobs, house.experiments, house.projects

    def sweep_tables(older_than: datetime, dry_run: bool, /) -> Iterator[int]:
        return house.tables.logs.sweep(house.revisions.extents, older_than, dry_run=dry_run)

    def clear_projects(gone: Sequence[tuple[int, Sequence[str]]]) -> None:
        for _, ids in gone:
            jobs.clear(ids)

    def of_jobs() -> Iterator[str]:
        for manifest in {*jobs.code_manifests(), *house.job_templates.code_manifests()}:
            yield from house.models.contents.references(manifest)

    def of_tables() -> Iterator[str]:
        # In this order: a table that is folded in between has its blobs named by both, not by neither.
        yield from house.revisions.refs()
        for manifest in house.revisions.manifests():
            yield from house.layers.references(manifest)

    return CollectionService(
        catalog=house.catalog,
        blobs=house.blobs,
        references=house.references,
        sweeps=[sweep_tables, jobs.sweep_archive],
        roots=[of_tables, of_jobs],
        before=[
            Trash(old=jobs.expired, delete=jobs.purge, due=jobs.due, clear=jobs.clear),
            Trash(old=experiments.expired, delete=experiments.purge, clear=experiments.clear),
        ],
        after=[Trash(old=projects.expired, delete=projects.purge_expired, clear=clear_projects)],
        chores=[house.runtimes.sweep, lambda _: jobs.clear_code(), lambda _: jobs.clear_left()],
    )
