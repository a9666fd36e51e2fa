"""What garbage collection has to know of an instance: what names blobs, and what goes with them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from starwhale.artifacts.gc import CollectionService

if TYPE_CHECKING:
    from datetime import datetime

    from starwhale.catalog.engine import Session
    from starwhale.instance.local import LocalInstance


def collection_of(house: LocalInstance) -> CollectionService:
    """Garbage collection of an instance of this machine, or of a server."""

    def sweep_environments(_session: Session, before: datetime) -> int:
        house.runtimes.sweep(before)
        # They are made again when they are wanted, so they count as nothing that went.
        return 0

    def of_jobs() -> Iterator[str]:
        for manifest in {*house.jobs.code_manifests(), *house.job_templates.code_manifests()}:
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
        roots=[of_tables, of_jobs],
        purges=[house.jobs.purge, house.experiments.purge, house.revisions.purge, sweep_environments],
    )
